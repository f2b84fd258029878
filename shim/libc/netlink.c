/* netlink.c - see netlink.h. An interface's name is compared, never kept. */
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "libc/netlink.h"

#define DOCKER0 "docker0" /* with its NUL as long as a name is compared */

/* By which name a request for links asks: its attributes lie behind the head of fixed size. */
static enum dndprof_link named(const char *p, size_t n)
{
	size_t at = NLMSG_LENGTH(sizeof(struct ifinfomsg));
	struct rtattr attribute;

	while (at < n && n - at >= sizeof(attribute)) {
		memcpy(&attribute, p + at, sizeof(attribute));
		if (attribute.rta_len < sizeof(attribute) || attribute.rta_len > n - at)
			break;
		if (attribute.rta_type == IFLA_IFNAME)
			return attribute.rta_len >= RTA_LENGTH(sizeof(DOCKER0)) &&
					       !memcmp(p + at + RTA_LENGTH(0), DOCKER0,
						       sizeof(DOCKER0))
				       ? DNDPROF_LINK_DOCKER0
				       : DNDPROF_LINK_OTHER;
		at += RTA_ALIGN(attribute.rta_len);
	}
	return DNDPROF_LINK_NONE;
}

bool netlink_read(const char *p, size_t n, struct dndprof_netlink *netlink)
{
	struct nlmsghdr head;

	if (n < sizeof(head))
		return false;
	memcpy(&head, p, sizeof(head));
	if (head.nlmsg_len < sizeof(head))
		return false;
	n = head.nlmsg_len < n ? head.nlmsg_len : n;
	*netlink = (struct dndprof_netlink){.type = head.nlmsg_type, .flags = head.nlmsg_flags};
	if (head.nlmsg_type == RTM_GETLINK)
		netlink->link = (uint8_t)named(p, n);
	return true;
}
