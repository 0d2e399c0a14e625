// SPDX-License-Identifier: Apache-2.0
#include "http/wire.h"

#include <algorithm>

namespace countersign::http {
namespace {

bool is_token(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return c > 0x20 && c < 0x7f && std::string_view("()<>@,;:\\\"/[]?={}").find(c) == std::string_view::npos;
  });
}

bool is_field_value(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= 0x20 && byte != 0x7f) || c == '\t';
  });
}

bool is_framing_header(std::string_view name) {
  const CaseInsensitiveLess less;
  const auto same = [&](std::string_view other) { return !less(name, other) && !less(other, name); };
  return same("Content-Length") || same("Connection") || same("Transfer-Encoding");
}

// 1xx, 204 and 304 have no body and no length (RFC 9110 §8.6).
bool may_have_body(int status) {
  return status >= 200 && status != 204 && status != 304;
}

}  // namespace

bool append_response(std::string& wire, const Response& response, Framing framing) {
  const std::size_t before = wire.size();
  wire.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
  wire.append(reason_phrase(response.status)).append("\r\n");
  for (const auto& [name, value] : response.headers) {
    if (is_framing_header(name)) continue;
    if (!is_token(name) || !is_field_value(value)) {
      wire.resize(before);
      return false;
    }
    wire.append(name).append(": ").append(value).append("\r\n");
  }
  if (may_have_body(response.status)) {
    wire.append("Content-Length: ").append(std::to_string(response.body.size())).append("\r\n");
  }
  if (response.headers.contains("Upgrade")) {
    wire.append("Connection: Upgrade").append(framing.keep_alive ? "" : ", close").append("\r\n");
  } else if (!framing.keep_alive) {
    wire.append("Connection: close\r\n");
  }
  wire.append("\r\n");
  if (framing.with_body && may_have_body(response.status)) wire.append(as_text(response.body));
  return true;
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 101:
      return "Switching Protocols";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 422:
      return "Unprocessable Content";
    case 423:
      return "Locked";
    case 429:
      return "Too Many Requests";
    case 426:
      return "Upgrade Required";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    default:
      return "Unknown";
  }
}

}  // namespace countersign::http
