// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "http/client.h"

namespace countersign::http {

// Outgoing is a request in wire form. Views the caller's data.
struct Outgoing {
  std::string_view method;
  std::string target;  // path and query
  const Headers& headers;
  BytesView body;
};

// Transfer is one connection of a Client with its libcurl handle; for one thread at a time.
class Transfer {
 public:
  // `options` and `url` outlive it.
  static Result<std::unique_ptr<Transfer>> create(const ClientOptions& options, const Url& url);
  ~Transfer();
  Result<Response> perform(const Outgoing& request);
  // Of the connection that the newest request went over; empty without TLS.
  crypto::SecretBytes tls_exporter() const;

 private:
  struct State;
  explicit Transfer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace countersign::http
