// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "x509/cms.h"

struct ssl_ctx_st;
struct ssl_st;

namespace countersign::bench {

struct Answer {
  int status = 0;
  Bytes body;
};

// Connection is a kept-alive HTTP/1.1 connection to an IPv4 address that costs the load client as little as
// possible: it judges neither the peer nor headers that it does not need, so that the machine is left to the
// authority. Failures throw.
class Connection {
 public:
  // With an identity over TLS 1.3, else plain.
  Connection(std::string_view address, unsigned short port, const x509::Signer* identity);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  // `accept`: the media type that is asked for; empty: none is named.
  Answer post(std::string_view path, std::string_view content_type, BytesView body,
              std::string_view accept = {});

 private:
  void write(std::string_view bytes);
  std::size_t read(char* space, std::size_t size);

  std::string address_;
  int socket_ = -1;
  std::shared_ptr<ssl_ctx_st> context_;
  std::shared_ptr<ssl_st> tls_;
};

}  // namespace countersign::bench
