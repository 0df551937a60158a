const email = /^[^\s@]+@[^\s@]+\.[^\s@]{2,}$/;
const ipv4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;
const phone = /^\+?(\d{1,3})[-. ]?\(?(\d{3})\)?[-. ]?(\d{3})[-. ]?(\d{4})$/;
console.log(['a@b.co', 'a@b', 'a b@c.de'].map((x) => email.test(x)), ['255.1.2.3', '256.1.1.1', '1.2.3'].map((x) => ipv4.test(x)));
console.log('+1 (555) 123-4567'.match(phone)?.slice(1), phone.exec('12'));
