// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "http/message.h"

namespace countersign::merchant {

// escape_html makes text safe inside of elements and of quoted attributes.
std::string escape_html(std::string_view text);

// page_response is html_response with the headers of all pages: no script, no frame, nothing from elsewhere.
http::Response page_response(int status, std::string html);

}  // namespace countersign::merchant
