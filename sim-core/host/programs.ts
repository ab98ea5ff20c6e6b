/** Imported for its effect: clusters of this process can run containers' programs, and evaluate CEL. Hosts that read their code from a disk import it first. */
import { celCompiler } from '../apiserver/custom-resources/cel-pack.ts';
import { clusterAuthority } from '../cluster/certificate-pack.ts';
import { provideAuthority, provideCel, providePrograms } from '../cluster/packs.ts';
import * as pack from '../cluster/program-pack.ts';

providePrograms(pack);
provideCel(celCompiler);
provideAuthority(clusterAuthority);
