import re

TEXT = "hello foo.bar@example.com and others x-y@mail.test zzz 2024-11-30 12:45:01 (see #42) " * 60


def work():
    mails = re.findall(r"([\w.-]+)@(\w+)\.(com|test)", TEXT)
    dates = re.sub(r"(\d{4})-(\d\d)-(\d\d)", r"\3.\2.\1", TEXT)
    words = re.split(r"[\s()#]+", TEXT)
    return len(mails), dates.count("30.11.2024"), len(words)
