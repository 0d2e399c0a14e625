// SPDX-License-Identifier: Apache-2.0
#include "logbook/http_log.h"

#include <thread>

#include "http/url.h"

namespace countersign::logbook {

Result<std::unique_ptr<HttpLog>> HttpLog::open(std::string_view url, HttpLogOptions options) {
  TRY(const http::Url parts, http::parse_url(url));
  if (parts.path.find('?') != std::string::npos)
    return fail(ErrorCode::kMalformed, "URL of the log: has a query");
  http::ClientOptions client_options;
  client_options.addresses = options.addresses;
  client_options.total_timeout = options.answer_limit;
  client_options.max_response = kMaxLogFile;
  TRY(auto client, http::Client::create(parts.origin(), std::move(client_options)));
  const std::string prefix = parts.path.substr(0, parts.path.find_last_not_of('/') + 1) + "/";
  return std::unique_ptr<HttpLog>(new HttpLog(std::move(client), prefix, options));
}

Result<Bytes> HttpLog::try_get(const std::string& path) {
  TRY(http::Response response, client_->get(path));
  if (response.status == 404 || response.status == 410)
    return fail(ErrorCode::kNotFound, path + ": the log does not have it");
  if (response.status != 200)
    return fail(ErrorCode::kUnavailable, path + ": answered " + std::to_string(response.status));
  const std::string_view encoding = response.header("Content-Encoding");
  if (!encoding.empty() && encoding != "identity")
    return fail(ErrorCode::kUnsupported, path + ": comes encoded");
  return std::move(response.body);
}

Result<Bytes> HttpLog::get(std::string_view path) {
  const std::string whole = prefix_ + std::string(path);
  Result<Bytes> answer = try_get(whole);
  for (int attempt = 1; attempt < options_.attempts && !answer && is_temporary(answer.error().code);
       ++attempt) {
    std::this_thread::sleep_for(options_.pause);
    answer = try_get(whole);
  }
  return answer;
}

}  // namespace countersign::logbook
