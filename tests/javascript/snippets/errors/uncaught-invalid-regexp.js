const re = /(unclosed/;
