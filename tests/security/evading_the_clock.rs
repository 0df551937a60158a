//! Calls of the host that are cheap to make and dear to serve, and waits that are no waits: the wall
//! clock ends them all the same.

use crate::common::Expect::*;
use crate::common::check;

#[test]
fn writing_one_byte_far_behind_the_end_of_a_file_again_and_again_ends_at_the_time_limit() {
    check(&[
        (
            "growing and shrinking a file",
            "
            import os
            fd = os.open('/tmp/a', os.O_RDWR | os.O_CREAT)
            far = (3 << 20) - 1
            while True:
                os.pwrite(fd, b'x', far)
                os.ftruncate(fd, 0)
        ",
            Stopped("timeout"),
        ),
        (
            "making and removing a file",
            "
            import os
            while True:
                with open('/tmp/a', 'wb') as f: f.truncate(3 << 20)
                os.unlink('/tmp/a')
        ",
            Stopped("timeout"),
        ),
    ]);
}

#[test]
fn sleeping_for_less_than_a_timer_can_measure_ends_at_the_time_limit() {
    check(&[
        (
            "microseconds",
            "
            import time
            while True: time.sleep(3e-5)
        ",
            Stopped("timeout"),
        ),
        (
            "nothing",
            "
            import time
            while True: time.sleep(0)
        ",
            Stopped("timeout"),
        ),
    ]);
}

#[test]
fn seeking_past_what_an_offset_can_say_is_an_ordinary_error() {
    check(&[(
        "one more than the most",
        "
        import os
        fd = os.open('/tmp/a', os.O_RDWR | os.O_CREAT)
        os.lseek(fd, 2**63 - 1, os.SEEK_SET)
        try: os.lseek(fd, 1, os.SEEK_CUR)
        except OSError: print('refused')
    ",
        Prints("refused\n"),
    )]);
}
