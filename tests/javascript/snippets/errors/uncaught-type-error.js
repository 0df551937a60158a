const data = { users: [{ name: 'a' }] };
const names = data.users.map((u) => u.profile.name.toUpperCase());
console.log(names);
