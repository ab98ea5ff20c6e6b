/* Keeps the course for times without a network: after the page is there, and without a word when it cannot. */
if ('serviceWorker' in navigator) {
  addEventListener('load', () => {
    const { serviceWorker } = navigator;
    const controlled = serviceWorker.controller !== null;
    // Who saves data is not sent the whole course.
    if (navigator.connection?.saveData === true) return;
    setTimeout(async () => {
      const registration = await serviceWorker.register('/sw.js').catch(() => undefined);
      registration?.waiting?.postMessage('take-over-if-alone');
    }, 1500);
    // A new version has taken over from the one that served this page: the page comes again from the new one.
    serviceWorker.addEventListener('controllerchange', () => {
      if (controlled) location.reload();
    });
  });
}
