/** What befalls pods and nodes, a file each topic. They are one test file for vitest: the cluster's code is loaded once for all of them. */
import './pods-and-nodes/dying-containers.ts';
import './pods-and-nodes/hooks.ts';
import './pods-and-nodes/images.ts';
import './pods-and-nodes/nodes.ts';
import './pods-and-nodes/containers-of-a-pod.ts';
import './pods-and-nodes/volumes.ts';
import './pods-and-nodes/what-a-container-sees.ts';
import './pods-and-nodes/probes.ts';
