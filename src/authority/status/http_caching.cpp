// SPDX-License-Identifier: Apache-2.0
#include "authority/status/http_caching.h"

#include <fmt/chrono.h>

#include "crypto/digest.h"

namespace countersign::authority {
namespace {

// IMF-fixdate of RFC 9110 §5.6.7.
std::string http_date(TimePoint time) {
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT",
                     fmt::gmtime(static_cast<std::time_t>(unix_seconds(time))));
}

}  // namespace

void allow_revalidated_caching(const http::Request& request, http::Response& response, TimePoint this_update,
                               TimePoint next_update) {
  const Sha256Digest digest = crypto::sha256(response.body);
  const std::string tag = '"' + hex_encode(BytesView(digest).first(16)) + '"';
  response.headers["Cache-Control"] = "public, max-age=0, no-transform, must-revalidate";
  response.headers["ETag"] = tag;
  response.headers["Last-Modified"] = http_date(this_update);
  response.headers["Expires"] = http_date(next_update);
  if (request.header("If-None-Match") == tag) {
    response.status = 304;
    response.body.clear();
  }
}

}  // namespace countersign::authority
