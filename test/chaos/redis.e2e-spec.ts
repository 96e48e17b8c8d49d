import { quickRows } from './quick.js';

quickRows('redis');
