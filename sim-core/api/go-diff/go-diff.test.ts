import { describe, expect, it } from 'vitest';
import { goDiff } from './index.ts';

const claim = (storage: string, more: object = {}) => ({
  accessModes: ['ReadWriteOnce'],
  resources: { requests: { storage } },
  storageClassName: 'none',
  volumeMode: 'Filesystem',
  ...more,
});
const pod = (more: object = {}) => ({
  containers: [{ name: 'main', image: 'nginx:1.26', terminationMessagePath: '/dev/termination-log' }],
  restartPolicy: 'Always',
  terminationGracePeriodSeconds: 30,
  dnsPolicy: 'ClusterFirst',
  serviceAccountName: 'default',
  nodeName: 'worker-1',
  securityContext: {},
  ...more,
});

describe('goDiff', () => {
  it('is empty for equal values', () => {
    expect(goDiff('core.PodSpec', pod(), pod())).toBe('');
    expect(goDiff('core.PersistentVolumeClaimSpec', claim('1Gi'), claim('1024Mi'))).toBe('');
  });

  it('shows two neighbours of a changed field and counts the others', () => {
    expect(goDiff('core.PodSpec', pod(), pod({ nodeName: 'worker-2' }))).toBe(
      [
        '  core.PodSpec{',
        '  \t... // 9 identical fields',
        '  \tServiceAccountName:           "default",',
        '  \tAutomountServiceAccountToken: nil,',
        '- \tNodeName:                     "worker-1",',
        '+ \tNodeName:                     "worker-2",',
        '  \tSecurityContext:              &{},',
        '  \tImagePullSecrets:             nil,',
        '  \t... // 20 identical fields',
        '  }',
        '',
      ].join('\n'),
    );
  });

  it('goes into lists and prints what is around shortly', () => {
    const env = pod({ containers: [{ ...pod().containers[0], env: [{ name: 'A', value: 'b' }] }] });
    expect(goDiff('core.PodSpec', pod(), env)).toBe(
      [
        '  core.PodSpec{',
        '  \tVolumes:        nil,',
        '  \tInitContainers: nil,',
        '  \tContainers: []core.Container{',
        '  \t\t{',
        '  \t\t\t... // 5 identical fields',
        '  \t\t\tPorts:        nil,',
        '  \t\t\tEnvFrom:      nil,',
        '- \t\t\tEnv:          nil,',
        '+ \t\t\tEnv:          []core.EnvVar{{Name: "A", Value: "b"}},',
        '  \t\t\tResources:    {},',
        '  \t\t\tResizePolicy: nil,',
        '  \t\t\t... // 14 identical fields',
        '  \t\t},',
        '  \t},',
        '  \tEphemeralContainers: nil,',
        '  \tRestartPolicy:       "Always",',
        '  \t... // 29 identical fields',
        '  }',
        '',
      ].join('\n'),
    );
  });

  it('prints pointers with &, and long removed values on lines of their own', () => {
    expect(goDiff('core.PersistentVolumeClaimSpec', claim('1Gi'), claim('2Gi'))).toBe(
      [
        '  core.PersistentVolumeClaimSpec{',
        '  \tAccessModes: {"ReadWriteOnce"},',
        '  \tSelector:    nil,',
        '  \tResources: core.VolumeResourceRequirements{',
        '  \t\tLimits: nil,',
        '- \t\tRequests: core.ResourceList{',
        '- \t\t\ts"storage": {i: resource.int64Amount{value: 1073741824}, s: "1Gi", Format: "BinarySI"},',
        '- \t\t},',
        '+ \t\tRequests: core.ResourceList{',
        '+ \t\t\ts"storage": {i: resource.int64Amount{value: 2147483648}, s: "2Gi", Format: "BinarySI"},',
        '+ \t\t},',
        '  \t},',
        '  \tVolumeName:       "",',
        '  \tStorageClassName: &"none",',
        '  \t... // 4 identical fields',
        '  }',
        '',
      ].join('\n'),
    );
    expect(
      goDiff('core.PersistentVolumeClaimSpec', claim('1Gi'), claim('1Gi', { storageClassName: 'other' })),
    ).toContain(
      [
        '  \tResources:        {Requests: {s"storage": {i: {...}, s: "1Gi", Format: "BinarySI"}}},',
        '  \tVolumeName:       "",',
        '- \tStorageClassName: &"none",',
        '+ \tStorageClassName: &"other",',
      ].join('\n'),
    );
  });
});
