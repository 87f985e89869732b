/*
 * What musl says: one question per line on standard input, `FUNCTION HEX`, one answer per line on
 * standard output. Built by check.py with `musl-gcc -static`.
 *
 * The bytes are handed to the C library as a C string, whatever they are: a NUL among them ends it,
 * and that the rest is not looked at is musl's answer. An answer is `-` for a refusal, or hex.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { LONGEST = 1 << 16 };

static char line[2 * LONGEST + 64];
static char bytes[LONGEST + 64];

static int digit(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* The bytes of the hex digits, a NUL after them; how many, or -1 when they do not fit. */
static int unhex(const char *hex)
{
	int length = 0;
	for (; hex[0] && hex[1]; hex += 2) {
		if (length == LONGEST)
			return -1;
		bytes[length++] = (char)(digit(hex[0]) << 4 | digit(hex[1]));
	}
	bytes[length] = 0;
	return length;
}

static void answer_bytes(const void *data, size_t length)
{
	const unsigned char *at = data;
	for (size_t i = 0; i < length; i++)
		printf("%02x", at[i]);
	putchar('\n');
}

static void answer_or_refuse(int accepted, const void *data, size_t length)
{
	if (accepted)
		answer_bytes(data, length);
	else
		puts("-");
}

/* The port of a service text, or the zone of a link-local address with it: four bytes. */
static void look_up(const char *host, const char *service)
{
	struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *found = NULL;
	uint32_t value = 0;
	if (getaddrinfo(host, service, &hints, &found) != 0) {
		puts("-");
		return;
	}
	if (found->ai_family == AF_INET6)
		value = ((struct sockaddr_in6 *)found->ai_addr)->sin6_scope_id;
	else
		value = ntohs(((struct sockaddr_in *)found->ai_addr)->sin_port);
	freeaddrinfo(found);
	value = htonl(value);
	answer_bytes(&value, sizeof value);
}

static void answer(const char *function, int length)
{
	struct in_addr v4;
	struct in6_addr v6;
	char text[INET6_ADDRSTRLEN];
	if (!strcmp(function, "pton4")) {
		answer_or_refuse(inet_pton(AF_INET, bytes, &v4) == 1, &v4, sizeof v4);
	} else if (!strcmp(function, "pton6")) {
		answer_or_refuse(inet_pton(AF_INET6, bytes, &v6) == 1, &v6, sizeof v6);
	} else if (!strcmp(function, "aton")) {
		answer_or_refuse(inet_aton(bytes, &v4) != 0, &v4, sizeof v4);
	} else if (!strcmp(function, "ntop")) {
		int family = length == 4 ? AF_INET : AF_INET6;
		int good = inet_ntop(family, bytes, text, sizeof text) != NULL;
		answer_or_refuse(good, text, good ? strlen(text) : 0);
	} else if (!strcmp(function, "ntoa")) {
		memcpy(&v4, bytes, sizeof v4);
		strcpy(text, inet_ntoa(v4));
		answer_bytes(text, strlen(text));
	} else if (!strcmp(function, "port")) {
		look_up("127.0.0.1", bytes);
	} else if (!strcmp(function, "zone")) {
		static char host[LONGEST + 64] = "fe80::1%";
		memcpy(host + 8, bytes, (size_t)length + 1);
		look_up(host, "0");
	} else {
		puts("unknown function");
	}
}

int main(void)
{
	while (fgets(line, sizeof line, stdin)) {
		line[strcspn(line, "\n")] = 0;
		char *hex = strchr(line, ' ');
		if (!hex)
			return 1;
		*hex++ = 0;
		int length = unhex(hex);
		if (length < 0)
			return 1;
		answer(line, length);
	}
	return 0;
}
