console.log(new Intl.NumberFormat('de').resolvedOptions(), new Intl.NumberFormat().resolvedOptions().locale, new Intl.NumberFormat('en', { style: 'currency', currency: 'jpy' }).resolvedOptions());
