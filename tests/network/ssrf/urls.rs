//! URLs that lead where no program may go, in every notation that clients know.

/// A URL, and what is known of it.
pub struct Url {
    pub url: String,
    /// Whether a canary is reached by it where all is opened.
    pub reaches: bool,
    /// Whether every client takes it for what it is, so that it is the policy that says no.
    pub plain: bool,
}

/// Addresses that have canaries, as everybody writes them.
const PLAIN: &[&str] = &[
    "127.0.0.1",
    "127.0.0.2",
    "127.255.255.254",
    "localhost",
    "0.0.0.0",
    "10.0.0.5",
    "10.77.0.1",
    "10.77.0.2",
    "172.16.0.5",
    "192.168.1.5",
    "100.64.0.5",
    "100.100.100.200",
    "168.63.129.16",
    "169.254.169.254",
    "192.0.0.192",
    "192.0.2.5",
    "198.18.0.5",
    "198.51.100.5",
    "203.0.113.5",
    "240.0.0.5",
    "93.184.216.40",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:7f00:0001]",
    "[::ffff:10.0.0.5]",
    "[::ffff:169.254.169.254]",
    "[::ffff:a9fe:a9fe]",
    "[::ffff:0a4d:0002]",
    "[::10.0.0.5]",
    "[::a00:5]",
    "[64:ff9b::a00:5]",
    "[64:ff9b::10.0.0.5]",
    "[64:ff9b:1::a00:5]",
    "[2002:a00:5::1]",
    "[2001:0:a00:5::1]",
    "[fd00:ec2::254]",
    "[fc00::5]",
    "[fd77::2]",
    "[fec0::5]",
    "[2001:db8::5]",
    "[2606:2800::40]",
    "private.example.net",
    "private172.example.net",
    "private192.example.net",
    "loopback.example.net",
    "loopback6.example.net",
    "unspecified.example.net",
    "unspecified6.example.net",
    "metadata.example.net",
    "metadata6.example.net",
    "cgnat.example.net",
    "mapped.example.net",
    "mapped-metadata.example.net",
    "compatible.example.net",
    "nat64.example.net",
    "6to4.example.net",
    "own.example.net",
    "own-public.example.net",
    "own-public6.example.net",
    "127.0.0.1.example.net",
    "10-0-0-5.example.net",
    "mixed.example.net",
    "alias.example.net",
    "alias3.example.net",
    "alias-metadata.example.net",
    "metadata.google.internal",
    "db.internal",
    "kubernetes.default.svc.cluster.local",
    "intranet.example.org",
    "127.0.0.1:443",
    "127.0.0.1:6379",
    "10.0.0.5:6379",
];

/// The same places in notations that some clients do not take.
const ODD: &[&str] = &[
    "127.1",
    "127.0.1",
    "127.0.0.1.",
    "127.000.000.001",
    "0",
    "0x7f000001",
    "0x7f.0.0.1",
    "0x7f.1",
    "0X7F.0X0.0X0.0X1",
    "2130706433",
    "017700000001",
    "0177.0.0.1",
    "0177.0x0.0.01",
    "10.5",
    "167772165",
    "0xa000005",
    "192.168.261",
    "2852039166",
    "0xA9FEA9FE",
    "0251.0376.0251.0376",
    "169.254.43518",
    "169.0xfea9fe",
    "LOCALHOST",
    "localhost.",
    "%6c%6f%63%61%6c%68%6f%73%74",
    "%31%32%37.0.0.1",
    "127。0。0。1",
    "１２７.0.0.1",
    "①②⑦.⓪.⓪.①",
    "ｌｏｃａｌｈｏｓｔ",
    "private.example.net.",
    "METADATA.google.internal",
    "user:password@127.0.0.1",
    "public.example.net@127.0.0.1",
    "public.example.net:80@10.0.0.5",
];

/// What has no canary, and is refused or not understood all the same.
const NOWHERE: &[&str] = &[
    "http://255.255.255.255/",
    "http://224.0.0.1/",
    "http://[ff02::1]/",
    "http://[::127.0.0.1]/",
    "http://[fe80::1%25cable]/",
    "http://[fe80::1%25lo]/",
    "http://[::1%25lo]/",
    "http://4294967297/",
    "http://0x17f000001/",
    "http://256.0.0.1/",
    "http://127.0.0.1%00.example.net/",
    "http://127.0.0.1%20/",
    "http://127.0.0.1\\@public.example.net/",
    "http://alias-loop.example.net/",
    "file:///etc/passwd",
    "file://127.0.0.1/etc/passwd",
    "gopher://127.0.0.1:80/_GET%20/",
    "dict://127.0.0.1:6379/info",
    "ftp://127.0.0.1:6379/",
    "ldap://127.0.0.1:80/",
    "unix:///var/run/docker.sock",
    "http+unix://%2Fvar%2Frun%2Fdocker.sock/info",
    "jar:http://127.0.0.1/!/",
    "netdoc:///etc/passwd",
];

/// Hops on the way from a public server, each percent-encoded where it stands in a URL.
fn redirects() -> Vec<String> {
    let escape = |url: &str| {
        url.replace('%', "%25")
            .replace(':', "%3A")
            .replace('&', "%26")
    };
    let to = |url: &str| format!("http://public.example.net/redirect?to={}", escape(url));
    let targets = [
        "http://127.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.5/",
        "//10.0.0.5/",
        "http://10.0.0.5:6379/",
        "http://[::ffff:10.0.0.5]/",
        "http://loopback.example.net/",
        "http://metadata.google.internal/computeMetadata/v1/",
    ];
    let mut all: Vec<_> = targets.iter().map(|url| to(url)).collect();
    all.push(to(&to("http://127.0.0.1/")));
    all.push(to(&to(&to("http://169.254.169.254/"))));
    all.push(to(
        "https://public.example.net/redirect?to=http://127.0.0.1/",
    ));
    for code in [301, 303, 307, 308] {
        all.push(format!(
            "http://public.example.net/redirect?code={code}&to=http%3A//10.0.0.5/"
        ));
    }
    all
}

pub fn all() -> Vec<Url> {
    let url = |url: String, reaches, plain| Url {
        url,
        reaches,
        plain,
    };
    let plain = PLAIN
        .iter()
        .map(|host| url(format!("http://{host}/"), true, true));
    let redirects = redirects().into_iter().map(|to| url(to, true, true));
    // Not every client follows to where it has to log in.
    let login = "http://public.example.net/redirect?to=http%3A//user%3Apassword@127.0.0.1/";
    let login = std::iter::once(url(login.to_owned(), true, false));
    let odd = ODD
        .iter()
        .map(|host| url(format!("http://{host}/"), true, false));
    let nowhere = NOWHERE.iter().map(|&to| url(to.to_owned(), false, false));
    plain
        .chain(redirects)
        .chain(login)
        .chain(odd)
        .chain(nowhere)
        .collect()
}
