/** Imported for its effect: clusters of this process can run containers' programs. Hosts that read their code from a disk import it first. */
import { providePrograms } from '../cluster/packs.ts';
import * as pack from '../cluster/program-pack.ts';

providePrograms(pack);
