// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace countersign::authority {

// escape_html makes text safe as content and as quoted attribute value of HTML.
std::string escape_html(std::string_view text);

}  // namespace countersign::authority
