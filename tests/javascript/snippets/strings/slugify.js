const slug = (s) => s.normalize('NFKD').replace(/[\u0300-\u036f]/g, '').toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');
console.log(['Crème Brûlée!', '  Hello,  World ', 'Ærø & Ångström', '日本'].map(slug));
