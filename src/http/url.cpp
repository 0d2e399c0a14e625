// SPDX-License-Identifier: Apache-2.0
#include "http/url.h"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace countersign::http {
namespace {

constexpr std::size_t kMaxUrl = 2048;

unsigned short default_port(std::string_view scheme) {
  return scheme == "https" ? 443 : 80;
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

// A registered name of letters, digits, "-" and ".", as DNS has them (no percent-encoding, no underscore).
bool is_host_name(std::string_view host) {
  static constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789-.";
  return !host.empty() && host.size() <= 253 && host.find_first_not_of(kAllowed) == std::string_view::npos &&
         host.front() != '.' && host.front() != '-' && host.find("..") == std::string_view::npos;
}

Result<std::string> host_of(const boost::urls::url_view& url) {
  if (url.host_type() == boost::urls::host_type::ipv6) return url.host_ipv6_address().to_string();
  std::string host = lower_case(url.encoded_host());
  if (!is_host_name(host)) return fail(ErrorCode::kMalformed, "URL: host");
  return host;
}

}  // namespace

std::string Url::origin() const {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  std::string text = scheme + "://" + (is_ipv6 ? "[" + host + "]" : host);
  if (port != default_port(scheme)) text += ":" + std::to_string(port);
  return text;
}

Result<Url> parse_url(std::string_view text) {
  if (text.size() > kMaxUrl) return fail(ErrorCode::kMalformed, "URL: too long");
  const auto parsed = boost::urls::parse_uri(text);
  if (!parsed) return fail(ErrorCode::kMalformed, "URL: " + parsed.error().message());
  const boost::urls::url_view& view = *parsed;
  Url url;
  url.scheme = lower_case(view.scheme());
  if (url.scheme != "https" && url.scheme != "http") return fail(ErrorCode::kMalformed, "URL: scheme");
  if (!view.has_authority()) return fail(ErrorCode::kMalformed, "URL: no host");
  if (view.has_userinfo()) return fail(ErrorCode::kMalformed, "URL: user information");
  if (view.has_fragment()) return fail(ErrorCode::kMalformed, "URL: fragment");
  TRY(url.host, host_of(view));
  url.port = default_port(url.scheme);
  if (view.has_port()) {
    url.port = view.port_number();
    if (url.port == 0) return fail(ErrorCode::kMalformed, "URL: port");
  }
  url.path = std::string(view.encoded_path());
  if (url.path.empty()) url.path = "/";
  if (view.has_query()) url.path += "?" + std::string(view.encoded_query());
  return url;
}

}  // namespace countersign::http
