// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "http/client.h"
#include "logbook/log_source.h"

namespace countersign::logbook {

struct HttpLogOptions {
  std::chrono::milliseconds answer_limit{30000};  // for each file, however slowly it comes
  int attempts = 3;                       // at a file, where nobody answers or the server is in trouble
  std::chrono::milliseconds pause{1000};  // between them
  http::AddressPolicy addresses = http::AddressPolicy::kAny;
};

// HttpLog is a log below an http or https URL. The server is not judged: what it serves counts only as far as
// it leads to a signed checkpoint. Follows no redirect.
class HttpLog final : public LogSource {
 public:
  // `url`: "https://seoul-1.example/log". kMalformed, also with a query.
  static Result<std::unique_ptr<HttpLog>> open(std::string_view url, HttpLogOptions options = {});
  // kNotFound for 404 and 410; kUnsupported for an encoded body; kUnavailable for every other answer but 200.
  Result<Bytes> get(std::string_view path) override;

 private:
  HttpLog(std::unique_ptr<http::Client> client, std::string prefix, HttpLogOptions options)
      : client_(std::move(client)), prefix_(std::move(prefix)), options_(options) {}
  Result<Bytes> try_get(const std::string& path);
  std::unique_ptr<http::Client> client_;
  std::string prefix_;  // of paths, with "/" at both ends
  HttpLogOptions options_;
};

}  // namespace countersign::logbook
