import type { IdKind } from './layout.ts';

/** What Moodle calls the columns that say who somebody is, in English and in Korean (whose words differ between versions and schools). */
export const MOODLE_IDS: Readonly<Record<string, IdKind>> = {
  'full name': 'name',
  '전체 이름': 'name',
  성명: 'name',
  'id number': 'id',
  학번: 'id',
  'id 번호': 'id',
  아이디번호: 'id',
  개별번호: 'id',
  username: 'login',
  사용자명: 'login',
  사용자아이디: 'login',
  아이디: 'login',
  'email address': 'email',
  이메일: 'email',
  '이메일 주소': 'email',
};
