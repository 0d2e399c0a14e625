// SPDX-License-Identifier: Apache-2.0
#pragma once

struct sockaddr;

namespace countersign::http {

// Which addresses a client may connect to, checked on the resolved address that is then used.
enum class AddressPolicy { kAny, kPublicOnly, kLoopbackOnly };

// permits says whether a policy allows an IPv4 or IPv6 address; other families only under kAny. Public is
// what IANA's special-purpose registries (RFC 6890) do not set apart; IPv6 forms that carry an IPv4 address
// count as that one.
bool permits(AddressPolicy policy, const sockaddr& address);

}  // namespace countersign::http
