/** `npm run schemas`: writes the JSON Schemas of exercises and solutions, for editors. A test says when they are no longer current. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { exerciseSchemas } from '../grading/format/json-schema.ts';

for (const [name, text] of Object.entries(exerciseSchemas()))
  writeFileSync(path.join(import.meta.dirname, '..', 'exercises', name), text);
