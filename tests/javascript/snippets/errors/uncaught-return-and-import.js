const x = 1;
import fs from 'fs';
return x;
