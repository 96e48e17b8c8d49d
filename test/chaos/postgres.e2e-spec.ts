import { quickRows } from './quick.js';

quickRows('postgres');
