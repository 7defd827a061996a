/* The physical limit, no server: frame once, one send() for each recipient.  cc -O2 -o raw raw.c;  raw PORT [K]
 * K > 1 gathers up to K published messages before it sends them, so that one send() carries K deliveries; what waits is
 * sent when no more input is there, so nothing waits for a message that never comes.  Knows load.c's handshake alone.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static int room[65536], members, where[65536], greeted[65536], k = 1, held, is_pub[65536];
static uint8_t in[1 << 16], out[1 << 20]; static size_t nin, nout;
static const char hello[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";         /* the accept of loadgen's fixed key */

static void flush_out(void) {
    for (int i = 0; i < members; i++) if (send(room[i], out, nout, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 && errno != EAGAIN) {}
    nout = held = 0;
}

static void publish(void) {
    uint8_t *p = in, *e = in + nin;
    while (e - p >= 6) {                           /* loadgen's frames: masked, with key 0 */
        size_t n = p[1] & 127, h = 6;
        if (n == 126) { n = p[2] << 8 | p[3]; h = 8; }
        if ((size_t)(e - p) < h + n) break;
        out[nout++] = 0x81;
        if (n < 126) out[nout++] = n; else { out[nout++] = 126; out[nout++] = n >> 8; out[nout++] = n; }
        memcpy(out + nout, p + h, n); nout += n; p += h + n;
        if (++held >= k) flush_out();
    }
    memmove(in, p, nin = e - p);
}

static void leave(int fd) {
    if (!is_pub[fd] && greeted[fd]) { int i = where[fd]; room[i] = room[--members]; where[room[i]] = i; }
    greeted[fd] = is_pub[fd] = 0; close(fd);
}

int main(int argc, char **argv) {
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1, ls = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), ep = epoll_create1(0);
    if (argc > 2) k = atoi(argv[2]);
    setsockopt(ls, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(ls, (void *)&a, sizeof a) || listen(ls, 4096)) { perror("bind"); return 1; }
    struct epoll_event ev = {.events = EPOLLIN, .data.fd = ls}, evs[512]; epoll_ctl(ep, EPOLL_CTL_ADD, ls, &ev);
    for (;;) {
        int c = epoll_wait(ep, evs, 512, held ? 0 : -1);
        if (c == 0 && held) flush_out();
        for (int i = 0; i < c; i++) {
            int fd = evs[i].data.fd;
            if (fd == ls) {
                while ((fd = accept4(ls, 0, 0, SOCK_NONBLOCK)) >= 0) {
                    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                    ev.data.fd = fd; epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev);
                }
            } else if (!greeted[fd]) {
                char b[4096]; ssize_t r = recv(fd, b, sizeof b, 0);
                if (r <= 0) { close(fd); continue; }
                send(fd, hello, sizeof hello - 1, 0); greeted[fd] = 1;
                if (!memcmp(b, "GET /pub", 8)) is_pub[fd] = 1; else { where[fd] = members; room[members++] = fd; }
            } else if (is_pub[fd]) {
                ssize_t r = recv(fd, in + nin, sizeof in - nin, 0);
                if (r <= 0) leave(fd); else { nin += r; publish(); }
            } else { char b[4096]; if (recv(fd, b, sizeof b, 0) <= 0) leave(fd); }
        }
    }
}
