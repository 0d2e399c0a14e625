// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "x509/certificate.h"

namespace countersign::http {

// Header names compare without case (RFC 9110 §5.1).
struct CaseInsensitiveLess {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const;
};
using Headers = std::map<std::string, std::string, CaseInsensitiveLess>;

struct Request {
  std::string method = "GET";
  std::string path = "/";                                 // decoded, without query
  std::map<std::string, std::string, std::less<>> query;  // decoded
  Headers headers;
  Bytes body;
  // Server side only:
  // Of the route: "id" of "/v1/enrolments/{id}"; "rest" of a prefix route, which is what follows the prefix.
  std::map<std::string, std::string, std::less<>> parameters;
  std::optional<x509::Certificate>
      client_certificate;  // as presented; already verified under the trust anchor
  std::string remote_address;
  // 32 bytes of the TLS exporter (RFC 8446 §7.5) of this connection, with the label
  // "EXPORTER-countersign-payment" and without context; empty without TLS.
  Bytes tls_exporter;

  std::string_view header(std::string_view name) const;       // empty when absent
  std::string_view parameter(std::string_view name) const;    // empty when absent
  std::string_view query_value(std::string_view name) const;  // empty when absent
};

struct Response {
  int status = 200;
  Headers headers;
  Bytes body;
  // What is left to be made of it: called once, on the connection's thread, right before it is written. For
  // work of microseconds that whoever answers has no time for; must not block.
  std::function<void(Response&)> finish = {};
  std::string_view header(std::string_view name) const;
};
// With all that was left to be made of it.
Response finished(Response response);

// Responses in the forms that the APIs use. All set Content-Type, `Cache-Control: no-store` and nosniff.
Response json_response(int status, std::string_view json);
Response der_response(int status, Bytes der, std::string_view content_type);
Response html_response(int status, std::string_view html);
Response text_response(int status, std::string_view text);

// Problem details (RFC 9457) with `type`, `title`, `status`, `code` (error_name), `detail`, `remedy` (what to
// do) and `temporary`. The status follows from the code, unless one is given. The detail of kInternal is not
// sent but logged.
Response problem_response(const Error& error);
Response problem_response(const Error& error, int status);
// answer is the response, or the problem that the error is; faults of our own are logged.
Response answer(Result<Response> result);
int status_of(ErrorCode code);
// What a person can do about it, in English.
std::string_view remedy_of(ErrorCode code);
// The Error that a problem response states; for clients. Falls back to the HTTP status.
Error error_of(const Response& response);

inline constexpr std::string_view kCmsMediaType = "application/pkcs7-mime";
inline constexpr std::string_view kJsonMediaType = "application/json";

}  // namespace countersign::http
