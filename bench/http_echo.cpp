// SPDX-License-Identifier: Apache-2.0
// Processor time of the HTTP server per request: 3.5 kB in, 8 kB out, kept alive, TLS 1.3 and plain, answered
// on the loop's thread and on another one. The client's own time is measured apart and taken off.
#include <fmt/core.h>
#include <openssl/ssl.h>
#include <time.h>

#include <cstdlib>
#include <thread>

#include "crypto/openssl.h"
#include "http/server.h"
#include "x509/test_network.h"

namespace countersign {
namespace {

constexpr std::size_t kRequestSize = 3500;
constexpr std::size_t kResponseSize = 8000;

double processor_seconds(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

http::Router echo_router() {
  http::Router router;
  const auto answer = http::der_response(200, Bytes(kResponseSize, 'x'), http::kCmsMediaType);
  router.add("POST", "/v1/inline",
             [answer](http::Request, const http::Respond& respond) { respond(answer); });
  router.add_blocking("POST", "/v1/worker", [answer](const http::Request&) { return answer; });
  return router;
}

std::unique_ptr<http::Server> start_server(bool with_tls) {
  http::ServerOptions options;
  options.worker_threads = 1;
  if (with_tls) {
    const x509::TestNetwork network;
    const crypto::PrivateKey key = x509::new_key();
    options.tls =
        http::TlsListener{{network.issue(x509::Role::kAuthorityServer, key.public_key()), key, {network.ca}},
                          {},
                          nullptr,
                          {},
                          nullptr};
  }
  return std::move(http::Server::start(std::move(options), echo_router())).value();
}

// One blocking connection.
class Connection {
 public:
  Connection(unsigned short port, bool with_tls) {
    const std::string address = "127.0.0.1:" + std::to_string(port);
    if (with_tls) {
      bio_.reset(BIO_new_ssl_connect(context_.get()));
      BIO_set_conn_hostname(bio_.get(), address.c_str());
    } else {
      bio_.reset(BIO_new_connect(address.c_str()));
    }
    if (BIO_do_connect(bio_.get()) != 1) std::abort();
  }

  void exchange(const std::string& request, std::size_t response_size) {
    if (BIO_write(bio_.get(), request.data(), static_cast<int>(request.size())) <= 0) std::abort();
    for (std::size_t total = 0; total < response_size;) {
      const int count = BIO_read(bio_.get(), buffer_, sizeof(buffer_));
      if (count <= 0) std::abort();
      total += static_cast<std::size_t>(count);
    }
  }
  std::size_t first_response(const std::string& request) {
    if (BIO_write(bio_.get(), request.data(), static_cast<int>(request.size())) <= 0) std::abort();
    std::string received;
    while (received.size() < kResponseSize ||
           received.size() - received.find("\r\n\r\n") - 4 < kResponseSize) {
      const int count = BIO_read(bio_.get(), buffer_, sizeof(buffer_));
      if (count <= 0) std::abort();
      received.append(buffer_, static_cast<std::size_t>(count));
    }
    return received.size();
  }

 private:
  crypto::Handle<SSL_CTX, SSL_CTX_free> context_{SSL_CTX_new(TLS_client_method())};
  crypto::BioHandle bio_;
  char buffer_[16384];
};

void measure(bool with_tls, const std::string& path, int rounds) {
  const auto server = start_server(with_tls);
  Connection connection(server->port(), with_tls);
  const std::string request =
      "POST " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: bench\r\nAccept: */*\r\nContent-Type: " +
      std::string(http::kCmsMediaType) + "\r\nContent-Length: " + std::to_string(kRequestSize) + "\r\n\r\n" +
      std::string(kRequestSize, 'x');
  const std::size_t size = connection.first_response(request);
  const double all = processor_seconds(CLOCK_PROCESS_CPUTIME_ID);
  const double mine = processor_seconds(CLOCK_THREAD_CPUTIME_ID);
  for (int i = 0; i < rounds; ++i) connection.exchange(request, size);
  const double client = processor_seconds(CLOCK_THREAD_CPUTIME_ID) - mine;
  const double total = processor_seconds(CLOCK_PROCESS_CPUTIME_ID) - all;
  fmt::print("{:5} {:11} server {:5.1f} µs  client {:5.1f} µs of processor time per request\n",
             with_tls ? "TLS" : "plain", path, (total - client) * 1e6 / rounds, client * 1e6 / rounds);
}

}  // namespace
}  // namespace countersign

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 50000;
  for (const bool with_tls : {false, true}) {
    for (const char* path : {"/v1/inline", "/v1/worker"}) countersign::measure(with_tls, path, rounds);
  }
  return 0;
}
