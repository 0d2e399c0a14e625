// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/message.h"

namespace countersign::http {

// accepts says whether a request names this media type in its Accept header (RFC 9110 §12.5.1), whatever
// its parameters there, with a weight above 0. A range like "*/*" names none.
bool accepts(const Request& request, std::string_view media_type);

}  // namespace countersign::http
