// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace countersign {

// html_escape makes text safe between tags and inside quoted attributes: & < > " ' become character
// references.
std::string html_escape(std::string_view text);

}  // namespace countersign
