// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace countersign::authority {

// The small pages behind the links of our mails. Following a link changes nothing (mail scanners follow
// links); the page's button posts to the same address. Plain HTML without script, in English and Korean.
std::string objection_page(std::string_view locale);
std::string objection_done_page(std::string_view locale);
std::string address_page(std::string_view locale);
enum class AddressProgress { kOtherEndMissing, kChanged };
std::string address_done_page(std::string_view locale, AddressProgress progress);

}  // namespace countersign::authority
