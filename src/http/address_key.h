// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace countersign::http {

// address_key is what one party's network address counts as wherever something is limited by address: an IPv4
// address itself, also when IPv6 carries it; of any other IPv6 address its /64, the least that a subscriber
// has for itself ("2001:db8:0:1::/64"). Text that is no address counts as it stands.
std::string address_key(std::string_view address);

}  // namespace countersign::http
