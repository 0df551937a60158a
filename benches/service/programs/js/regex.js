const text = 'The quick brown fox, born 2024-01-15, jumps over user@example.com and 192.168.0.1; '.repeat(50);
function work() {
    const dates = [...text.matchAll(/(?<y>\d{4})-(?<m>\d\d)-(?<d>\d\d)/g)].length;
    const mails = text.match(/[\w.]+@[\w.]+\.\w+/g).length;
    return dates + mails + text.replace(/\b(\w)(\w*)\b/g, (_, first, rest) => first.toUpperCase() + rest).length;
}
