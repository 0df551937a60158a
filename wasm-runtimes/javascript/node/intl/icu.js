// ICU, as thin functions: see glue/intl.
import native from '../native.js';

export const icu = native.intl;
