/* Measure what a server's broadcast costs: opens N WebSocket or Socket.IO subscribers and M publishers, and prints JSON.
 *
 *   cc -O2 -Wall -o load load.c && taskset -c 1 ./load -p 5000 -m sio -n 1000 -P $SERVER_PID
 *
 * One thread, one epoll, no dependencies.  When all are connected, the phases named after the options run:
 *   8:1    closed loop: at most 8 messages in flight, from 1 publisher; a message is done when all N received it
 *   k64:8  the same, done when it is acknowledged
 *   @10    open loop, 10 a second; latency counts from the *scheduled* time, so that a stalled publisher hides nothing
 *   i5     5 idle seconds
 *   drop   all connections are closed at once
 * A message's text is  T=<CLOCK_MONOTONIC ns, 19 digits>,<seq>;xxxx...  padded to -s bytes (0: no text); any text frame
 * that has it in it is a delivery.  In -a, %d is the message's number: a Socket.IO event requests an acknowledgement with 42%d[...].
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define PUBLISHERS 8                                 /* whose order is watched */
enum { WS, SIO };
enum { DEAD, HTTP, OPENING, JOINING, READY };       /* a connection's life, DEAD when lost */

typedef struct {
    int fd, state, publisher;
    uint8_t *rest; uint32_t nrest;                  /* bytes of an incomplete frame */
    uint32_t next[PUBLISHERS];                      /* of each publisher: the message that comes next, or later */
} conn;

static int port = 5000, n = 100, mode = WS, size = 120, window = 8, burst = 64, pid, ticks;
static int pubs = 1, of = 1, acks, hellos, takes;
static double secs = 3, warm = 0.7;
static const char *sub_path, *pub_path, *hello[64], *prefix = "", *suffix = "", *headers = "", *enter = "40";
static uint64_t disordered;

static int ep, tfd, alive, ready, lost_conns, pub_queue;
static conn *cs;
static uint64_t sent, done, delivered, frames, bytes, reads, hist[64 * 32], phase_from, max_lat;
static uint32_t got[1 << 16];
static uint64_t when_sent[1 << 16], acked;
static uint8_t buf[1 << 20];

static void die(const char *what) { perror(what); exit(1); }

static uint64_t now(void) {
    struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* ---------- what the server used: CPU seconds and memory of a process tree, and core 0 ---------- */

typedef struct { double cpu, rss_kb, core0_busy, core0_soft, core0_steal, self; uint64_t t; } usage;

static usage measure(void) {
    usage u = {.t = now()};
    struct { int pid, ppid, in; double cpu, rss; } p[4096]; int np = 0;
    DIR *d = pid ? opendir("/proc") : NULL; struct dirent *e;
    while (d && (e = readdir(d)) && np < 4096) {
        char f[300], line[1024]; unsigned long ut, st; long rss; int pp;
        if (e->d_name[0] < '0' || e->d_name[0] > '9') continue;
        snprintf(f, sizeof f, "/proc/%s/stat", e->d_name);
        FILE *s = fopen(f, "r"); if (!s) continue;
        char *after = fgets(line, sizeof line, s) ? strrchr(line, ')') : NULL; fclose(s);
        if (!after || sscanf(after + 1, " %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %*d %*d %*d %*d "
                             "%*d %*d %*u %*u %ld", &pp, &ut, &st, &rss) != 4) continue;
        p[np].pid = atoi(e->d_name); p[np].ppid = pp; p[np].in = p[np].pid == pid;
        p[np].cpu = (double)(ut + st) / sysconf(_SC_CLK_TCK); p[np].rss = rss * 4.0; np++;
    }
    if (d) closedir(d);
    for (int again = 1; again; ) {
        again = 0;
        for (int i = 0; i < np; i++) for (int j = 0; !p[i].in && j < np; j++)
            if (p[j].in && p[j].pid == p[i].ppid) p[i].in = again = 1;
    }
    for (int i = 0; i < np; i++) if (p[i].in) u.cpu += p[i].cpu, u.rss_kb += p[i].rss;
    FILE *s = fopen("/proc/stat", "r"); char line[512]; double v[8];
    while (s && fgets(line, sizeof line, s))
        if (sscanf(line, "cpu0 %lf %lf %lf %lf %lf %lf %lf %lf", v, v+1, v+2, v+3, v+4, v+5, v+6, v+7) == 8)
            u.core0_busy = (v[0]+v[1]+v[2]+v[5]+v[6]) / 100, u.core0_soft = (v[5]+v[6]) / 100, u.core0_steal = v[7] / 100;
    if (s) fclose(s);
    struct rusage r; getrusage(RUSAGE_SELF, &r);
    u.self = r.ru_utime.tv_sec + r.ru_stime.tv_sec + (r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
    return u;
}

/* ---------- sending ---------- */

static void send_all(conn *c, const void *data, size_t len) {
    const uint8_t *p = data;
    while (len) {
        ssize_t r = send(c->fd, p, len, MSG_NOSIGNAL);
        if (r > 0) { p += r; len -= r; }
        else if (r < 0 && errno == EAGAIN) { pub_queue++; usleep(50); }
        else return;
    }
}

static void send_frame(conn *c, int opcode, const void *data, size_t len) {   /* masked, with key 0 */
    uint8_t out[70000]; int h = 2;
    out[0] = 0x80 | opcode;
    if (len < 126) out[1] = 0x80 | len;
    else { out[1] = 0x80 | 126; out[2] = len >> 8; out[3] = len; h = 4; }
    memset(out + h, 0, 4); memcpy(out + h + 4, data, len);
    send_all(c, out, h + 4 + len);
}
static void send_text(conn *c, const char *s) { send_frame(c, 1, s, strlen(s)); }

static void publish(uint64_t when) {
    static char m[65536]; int k = 0, body, pad;
    got[sent & 0xffff] = 0; when_sent[sent & 0xffff] = when;
    for (const char *c = prefix; *c; c++) {
        if (c[0] == '%' && c[1] == 'd') { k += sprintf(m + k, "%llu", (unsigned long long)sent); c++; }
        else m[k++] = *c;
    }
    body = !size ? 0 : sprintf(m + k, "T=%019llu,%llu;", (unsigned long long)when, (unsigned long long)sent);
    pad = size - body; if (pad < 0) pad = 0;
    memset(m + k + body, 'x', pad); k += body + pad;
    k += sprintf(m + k, "%s", suffix);
    send_frame(cs + n + sent++ % of, 1, m, k);
}

/* ---------- receiving ---------- */

static void is_ready(conn *c) { c->state = READY; ready++; }

static void send_hello(conn *c) {                         /* the channel is open: send the hello event, if there is one */
    if (!c->publisher && hellos) {
        const char *mine = hello[(c - cs) % hellos];
        send_text(c, mine);
        if (mode == SIO && strchr(mine, '0')) { c->state = JOINING; return; }
    }
    is_ready(c);
}

static void count(uint64_t ns) {                    /* into a histogram with 32 steps to a power of two */
    int x = 63 - __builtin_clzll(ns);
    hist[x * 32 + ((ns >> (x - 5)) & 31)]++;
    if (ns > max_lat) max_lat = ns;
}

static void on_message(conn *c, const uint8_t *p, size_t len, uint64_t t) {
    if (c->state == READY && !c->publisher) {
        const uint8_t *e = p + len, *q = p;
        while (e - q > 21 && (q = memchr(q, 'T', e - q - 21)) && q[1] != '=') q++;
        if (q && e - q > 21 && q[0] == 'T') {
            uint64_t ts = 0, seq = 0; q += 2;
            for (; q < e && *q >= '0' && *q <= '9'; q++) ts = ts * 10 + *q - '0';
            for (q++; q < e && *q >= '0' && *q <= '9'; q++) seq = seq * 10 + *q - '0';
            delivered++;
            uint32_t *next = &c->next[seq % of % PUBLISHERS];
            if (of <= PUBLISHERS) { disordered += seq < *next; *next = seq + 1; }
            if (!acks && ts >= phase_from) count(t > ts + 32 ? t - ts : 32);
            if (!acks && seq < sent && ++got[seq & 0xffff] == (uint32_t)alive) done++;
            return;
        }
    }
    if (acks && c->publisher && len > 2 && p[0] == '4' && p[1] == '3') {
        const uint8_t *at = p + 2; uint64_t id = 0, v;
        if (*at == '/') { at = memchr(at, ',', len - 2); at = at ? at + 1 : p + len; }
        for (; at < p + len && *at >= '0' && *at <= '9'; at++) id = id * 10 + *at - '0';
        if (memmem(p, len, "error", 5)) { fprintf(stderr, "refused: %.*s\n", (int)(len < 200 ? len : 200), p); exit(1); }
        done++; acked++; v = t - when_sent[id & 0xffff];
        if (when_sent[id & 0xffff] >= phase_from) count(v > 32 ? v : 32);
        return;
    }
    if (takes && c->state == READY) {                /* a feed's frame: acknowledge it, so that the next is sent */
        const uint8_t *at = memmem(p, len, "\"version\":", 10); char m[80];
        if (at) {
            sprintf(m, "42/live,[\"ack_latest\",{\"version\":%llu}]", strtoull((const char *)at + 10, NULL, 10));
            send_text(c, m); delivered++;
            return;
        }
    }
    if (mode == SIO) {
        if (len == 1 && p[0] == '2') send_text(c, "3");
        else if (c->state == OPENING && p[0] == '0') send_text(c, enter);
        else if (c->state == OPENING && len > 1 && p[0] == '4' && p[1] == '0') send_hello(c);
        else if (c->state == JOINING && len > 1 && p[0] == '4' && p[1] == '3') is_ready(c);
    }
}

static void on_open(conn *c) {
    if (mode == WS) { c->state = OPENING; send_hello(c); }
    else c->state = OPENING;
}

static void hang_up(conn *c) {
    if (c->state == READY && !c->publisher) ready--;
    if (c->state && !c->publisher) alive--;
    c->state = DEAD; lost_conns++; close(c->fd); c->fd = -1;
}

static void on_readable(conn *c) {
    uint32_t have = c->nrest;
    if (have) memcpy(buf, c->rest, have);
    ssize_t r = recv(c->fd, buf + have, sizeof buf - have, 0);
    if (r < 0 && errno == EAGAIN) return;
    if (r <= 0) { hang_up(c); return; }
    uint64_t t = now();
    uint8_t *p = buf, *e = buf + have + r;
    reads++; bytes += r;
    if (c->state == HTTP) {
        uint8_t *end = memmem(p, e - p, "\r\n\r\n", 4);
        if (end) {
            if (!memmem(p, end - p, " 101 ", 5)) { fprintf(stderr, "refused: %.60s\n", p); hang_up(c); return; }
            p = end + 4; on_open(c);
        }
    }
    while (c->state > HTTP && e - p >= 2) {
        uint64_t len = p[1] & 127; int h = 2;
        if (len == 126) { if (e - p < 4) break; len = p[2] << 8 | p[3]; h = 4; }
        else if (len == 127) { if (e - p < 10) break; len = 0; for (int i = 2; i < 10; i++) len = len << 8 | p[i]; h = 10; }
        if ((uint64_t)(e - p) < h + len) break;
        int op = p[0] & 15;
        frames++;
        if (op == 1 || op == 2) on_message(c, p + h, len, t);
        else if (op == 9) send_frame(c, 10, p + h, len);
        else if (op == 8) { hang_up(c); return; }
        p += h + len;
    }
    uint32_t rest = e - p;
    if (rest) { if (rest > c->nrest || !c->rest) c->rest = realloc(c->rest, rest); memcpy(c->rest, p, rest); }
    else if (c->rest) { free(c->rest); c->rest = NULL; }
    c->nrest = rest;
}

static void dial(conn *c) {
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    char req[4096]; int one = 1;
    if ((c->fd = socket(AF_INET, SOCK_STREAM, 0)) < 0) die("socket");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(c->fd, (void *)&a, sizeof a)) die("connect");
    int k = snprintf(req, sizeof req, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s\r\n",
        c->publisher ? pub_path : sub_path, port, headers);
    send_all(c, req, k);
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    c->state = HTTP; if (!c->publisher) alive++;
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = c};
    epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &ev);
}

static int poll_once(int ms) {
    struct epoll_event ev[512]; uint64_t x;
    int k = epoll_wait(ep, ev, 512, ms);
    for (int i = 0; i < k; i++) {
        if (!ev[i].data.ptr) { if (read(tfd, &x, 8) == 8) ticks += x; }
        else if (((conn *)ev[i].data.ptr)->state) on_readable(ev[i].data.ptr);
    }
    return k;
}

/* ---------- phases ---------- */

static double quantile(double q) {
    uint64_t total = 0, run = 0; for (int i = 0; i < 2048; i++) total += hist[i];
    for (int i = 0; i < 2048; i++) if ((run += hist[i]) > q * total)
        return (double)((32ull + (i & 31)) << (i / 32) >> 5) / 1e6;
    return 0;
}

static void begin_ticks(double r) {
    struct itimerspec it = {0}; long gap = r ? 1e9 / r : 0; ticks = 0;
    it.it_interval.tv_sec = gap / 1000000000; it.it_interval.tv_nsec = gap % 1000000000; it.it_value.tv_nsec = r ? 1 : 0;
    timerfd_settime(tfd, 0, &it, NULL);
}

static void phase(const char *name, double r) {      /* r == 0: closed loop */
    usage a = {0}, b; int started = 0, stalls = 0;
    uint64_t t0 = now(), t1 = t0 + warm * 1e9, t2 = t1 + secs * 1e9, next = t0, progress = t0, seen = 0;
    uint64_t sent0 = 0, acked0 = 0, del0 = 0, reads0 = 0, first = sent, del_first = delivered;
    phase_from = t1; max_lat = 0; disordered = 0;
    for (int i = 0; i < n; i++) memset(cs[i].next, 0, sizeof cs[i].next);
    memset(hist, 0, sizeof hist);
    begin_ticks(r);
    for (uint64_t t; (t = now()) < t2; poll_once(20)) {
        if (!started && t >= t1) { a = measure(); started = 1; sent0 = sent; acked0 = acked; del0 = delivered; reads0 = reads; }
        if (delivered + acked != seen) { seen = delivered + acked; progress = t; }
        else if (!r && t - progress > 2000000000) { done = sent; stalls++; progress = t; }
        if (r) for (; ticks > 0; ticks--, next += 1e9 / r) publish(next);
        else while (sent - done < (uint64_t)window) publish(now());
    }
    b = measure();
    uint64_t d = delivered - del0, k = acked - acked0, rd = reads - reads0, ms = sent - sent0;
    begin_ticks(0);
    for (uint64_t end = now() + 2000000000; now() < end
         && (acks ? done < sent : delivered - del_first < (sent - first) * (uint64_t)alive); ) poll_once(20);
    double wall = (b.t - a.t) / 1e9, cpu = b.cpu - a.cpu, busy = b.core0_busy - a.core0_busy;
    long long missing = acks ? (long long)(sent - done)
                             : (long long)((sent - first) * (uint64_t)alive) - (long long)(delivered - del_first);
    printf(", \"%s\": {\"published_s\": %.1f, \"deliveries_s\": %.0f, \"server_cpu\": %.3f, \"us\": %.3f, \"p50_ms\": %.3f, "
           "\"p99_ms\": %.3f, \"max_ms\": %.3f, \"core0_busy\": %.2f, \"steal\": %.2f, \"load_cpu\": %.2f, "
           "\"reads_per_delivery\": %.2f, \"missing\": %lld, \"disordered\": %llu, \"stalls\": %d, \"acks_s\": %.1f, "
           "\"us_per_ack\": %.2f}", name, ms / wall, d / wall, cpu / wall, d ? cpu * 1e6 / d : 0, quantile(.5), quantile(.99),
           max_lat / 1e6, busy / wall, (b.core0_steal - a.core0_steal) / wall, (b.self - a.self) / wall, d ? (double)rd / d : 0,
           missing, (unsigned long long)disordered, stalls, k / wall, k ? cpu * 1e6 / k : 0);
    fflush(stdout);
    done = sent;
}

static void idle(const char *name, int seconds) {
    usage a = measure(); uint64_t del0 = delivered;
    for (uint64_t end = now() + seconds * 1000000000ull; now() < end; ) poll_once(50);
    usage b = measure();
    printf(", \"%s\": {\"cpu\": %.4f, \"rss_mb\": %.1f, \"frames_s\": %.0f, \"load_cpu\": %.2f}", name,
           (b.cpu - a.cpu) / seconds, b.rss_kb / 1024, (double)(delivered - del0) / seconds, (b.self - a.self) / seconds);
    fflush(stdout);
}

static void run(const char *name) {
    if (*name == 'i') idle(name, atoi(name + 1));
    else if (*name == '@') phase(name, atof(name + 1));
    else if (*name == 'd') {
        uint64_t t = now();
        for (int i = 0; i < n; i++) if (cs[i].state) close(cs[i].fd);
        printf(", \"drop\": {\"at\": %.6f}", t / 1e9);
    } else {
        acks = *name == 'k'; window = atoi(name + acks); of = atoi(strchr(name, ':') + 1);
        if (of > pubs) { fprintf(stderr, "%s needs -M %d\n", name, of); exit(2); }
        phase(name, 0);
    }
}

static void usage_text(void) {
    puts("load -p PORT -n N [-m ws|sio] [-u SUB_PATH] [-U PUB_PATH] [-H HEADER_LINES] [-e CONNECT_PACKET] [-j HELLO]... [-T]\n"
         "  [-s BYTES] [-M PUBLISHERS] [-a PUB_PREFIX] [-z PUB_SUFFIX] [-t SECONDS] [-w WARMUP] [-b CONNECT_BURST]\n"
         "  [-P SERVER_PID] PHASE...\n"
         "A HELLO with a 0 in it (a Socket.IO event with acknowledgement 0) is waited for; of several each takes one in turn.  -T answers a feed's frames.\n"
         "Phases: see the top of load.c");
    exit(2);
}

static void connect_all(void) {
    usage a = measure();
    for (int i = n; i < n + pubs; i++) { cs[i].publisher = 1; dial(cs + i); }
    for (uint64_t end = now() + 20000000000ull; ready < pubs && now() < end && !lost_conns; ) poll_once(20);
    if (ready < pubs) { fprintf(stderr, "the publishers could not connect\n"); exit(1); }
    usage b = measure();
    ready = 0;
    int dialled = 0; uint64_t last = now(), was = 0;
    while (ready < n && now() - last < 10000000000ull) {
        while (dialled < n && dialled - ready - lost_conns < burst) dial(cs + dialled++);
        poll_once(20);
        if ((uint64_t)ready != was) { was = ready; last = now(); }
        if (lost_conns > 100 && lost_conns > n / 10) break;
    }
    usage c = measure(); double wall = (c.t - b.t) / 1e9;
    for (uint64_t end = now() + 500000000; now() < end; ) poll_once(20);
    usage d = measure(); int all = ready ? ready : 1;
    printf("{\"n\": %d, \"connected\": %d, \"connects_s\": %.0f, \"connect_us\": %.0f, \"rss_mb\": %.1f, \"kb_each\": %.2f",
           n, ready, ready / wall, (c.cpu - b.cpu) * 1e6 / all, d.rss_kb / 1024, (d.rss_kb - a.rss_kb) / all);
    fflush(stdout);
    if (ready < n) fprintf(stderr, "only %d of %d connected, %d lost\n", ready, n, lost_conns);
    alive = ready;
}

int main(int argc, char **argv) {
    for (int o; (o = getopt(argc, argv, "p:n:m:u:U:H:e:j:s:t:w:b:P:a:z:M:T")) != -1; ) switch (o) {
        case 'p': port = atoi(optarg); break;      case 'n': n = atoi(optarg); break;
        case 'm': mode = *optarg == 's' ? SIO : WS; break;
        case 'u': sub_path = optarg; break;        case 'U': pub_path = optarg; break;
        case 'H': headers = optarg; break;         case 'e': enter = optarg; break;
        case 'j': if (hellos < 64) hello[hellos++] = optarg; break;
        case 'T': takes = 1; break;                         case 's': size = atoi(optarg); break;
        case 't': secs = atof(optarg); break;      case 'w': warm = atof(optarg); break;
        case 'b': burst = atoi(optarg); break;     case 'P': pid = atoi(optarg); break;
        case 'a': prefix = optarg; break;          case 'z': suffix = optarg; break;
        case 'M': pubs = atoi(optarg); break;
        default: usage_text();
    }
    if (mode == SIO && !sub_path) sub_path = "/socket.io/?EIO=4&transport=websocket";
    if (!sub_path) sub_path = "/";
    if (!pub_path) pub_path = sub_path;
    ep = epoll_create1(0); cs = calloc(n + pubs, sizeof *cs);
    tfd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = NULL}; epoll_ctl(ep, EPOLL_CTL_ADD, tfd, &ev);
    connect_all();
    for (; optind < argc; optind++) run(argv[optind]);
    printf(", \"lost\": %d, \"blocked\": %d, \"sent\": %llu, \"acked\": %llu}\n", lost_conns, pub_queue,
           (unsigned long long)sent, (unsigned long long)acked);
    return 0;
}
