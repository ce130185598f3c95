// What readers type, and the section that they want first. It was decided
// from the pages alone, before the search was asked. More than one section
// stands only where either is as good.

export const english = [
    // Words of a page.
    ["half-close", "tcp/half_close.html"],
    ["buffer too small", "udp/udp_send.html#truncation"],
    ["read timeout", "tcp/half_close.html#errors", "udp/udp_send.html#errors"],
    // Questions in the reader's own words.
    ["why is my address in use after a restart", "tcp/reuseaddr.html", "tcp/reuseaddr.html#errors"],
    ["how long does TIME_WAIT last", "tcp/reuseaddr.html#what-waits"],
    ["connections stuck in CLOSE_WAIT", "tcp/close_wait.html"],
    ["RcvbufErrors", "udp/overflow.html#receive-buffer", "udp/overflow.html#errors"],
    ["is udp faster than tcp", "comparison/faster.html"],
    ["maximum udp packet size", "udp/udp_send.html#largest"],
    ["difference between drop and shutdown", "tcp/half_close.html#how-it-works", "tcp/half_close.html#run"],
    ["how do I run the examples", "index.html#how-to-run"],
    ["what is ICMP?", "glossary.html#icmp"],
    ["localhost is ipv6", "networks/ipv6.html#errors", "networks/ipv6.html"],
    // Error messages.
    ["Broken pipe", "errors.html#broken-pipe", "tcp/half_close.html#errors"],
    ["Address already in use os error 98", "errors.html#address-already-in-use", "tcp/reuseaddr.html#errors"],
    ["Connection refused", "errors.html#connection-refused", "udp/udp_send.html#nobody-listens", "udp/udp_send.html#errors"],
    ["connection reset by peer", "tcp/half_close.html#how-it-works"],
    ["Transport endpoint is not connected (os error 107)", "errors.html#transport-endpoint-is-not-connected", "tcp/half_close.html#errors", "architecture/greeter.html#errors"],
    // Names and numbers.
    ["take_error", "tcp/half_close.html#how-it-works"],
    ["SO_REUSEADDR", "tcp/reuseaddr.html", "tcp/reuseaddr.html#what-the-option-allows"],
    ["so_exclusiveaddruse windows", "tcp/reuseaddr.html#elsewhere"],
    ["MSG_TRUNC", "udp/udp_send.html#truncation"],
    ["recv_from", "udp/udp_send.html#truncation"],
    ["65507", "udp/udp_send.html#largest"],
    ["SIGPIPE", "tcp/half_close.html#errors"],
    // Other forms of a word.
    ["closing first", "glossary.html#active-close", "tcp/reuseaddr.html#what-waits"],
    ["datagrams", "udp/udp_send.html", "glossary.html#datagram"],
    ["acknowledgements", "glossary.html#ack"],
    // Slips of the finger.
    ["datagarm", "udp/udp_send.html", "glossary.html#datagram"],
    ["recieve truncated", "udp/udp_send.html#truncation"],
];

export const chinese = [
    // Words of a page.
    ["半关闭", "tcp/half_close.html"],
    ["端口被占用", "tcp/reuseaddr.html", "tcp/reuseaddr.html#errors"],
    ["最大的数据报", "udp/udp_send.html#largest"],
    ["监听套接字", "glossary.html#listener"],
    ["读超时", "tcp/half_close.html#errors", "udp/udp_send.html#errors"],
    ["端口不可达", "udp/udp_send.html#nobody-listens"],
    ["谁先关闭谁等", "tcp/reuseaddr.html#what-waits"],
    // Questions in the reader's own words.
    ["为什么重启后地址被占用", "tcp/reuseaddr.html", "tcp/reuseaddr.html#errors"],
    ["缓冲区太小会怎样", "udp/udp_send.html#truncation"],
    ["对方没有收到", "udp/udp_send.html#one-datagram", "udp/udp_send.html#nobody-listens", "tcp/half_close.html#run"],
    ["连接堆在 CLOSE_WAIT", "tcp/close_wait.html"],
    ["接收缓冲区满了", "udp/overflow.html#receive-buffer", "udp/overflow.html#errors"],
    ["TCP 和 UDP 哪个快", "comparison/faster.html"],
    ["要等多久？", "tcp/reuseaddr.html#what-waits"],
    ["怎么运行", "index.html#how-to-run"],
    ["怎样只关闭写的方向", "tcp/half_close.html", "tcp/half_close.html#how-it-works"],
    // Both languages.
    ["UDP 没有人监听", "udp/udp_send.html#nobody-listens"],
    ["RST 报文", "glossary.html#rst"],
    ["write返回Ok，对方却没读到", "tcp/half_close.html#run", "tcp/half_close.html#how-it-works"],
    ["recv_from 缓冲区", "udp/udp_send.html#truncation"],
    ["Windows 上的 SO_REUSEADDR", "tcp/reuseaddr.html#elsewhere"],
    // Error messages, names and numbers.
    ["Broken pipe", "errors.html#broken-pipe", "tcp/half_close.html#errors"],
    ["Address already in use (os error 98)", "errors.html#address-already-in-use", "tcp/reuseaddr.html#errors"],
    ["SO_REUSEPORT", "tcp/reuseaddr.html#what-the-option-allows"],
    ["65507", "udp/udp_send.html#largest"],
    // Punctuation, width, and characters that stand alone.
    ["“文件结束”？", "glossary.html#end-of-file"],
    ["ＭＳＧ＿ＴＲＵＮＣ", "udp/udp_send.html#truncation"],
    ["等", "tcp/reuseaddr.html#what-waits", "architecture/two_programs.html#wire"],
    ["丢 片", "networks/ipv4_header.html#wire"],
];
