// SPDX-License-Identifier: Apache-2.0
#include "bench/connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace countersign::bench {
namespace {

void require(bool good, const char* what) {
  if (!good) throw std::runtime_error(std::string("load client: ") + what);
}

int connect_to(const std::string& host, unsigned short port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  require(socket >= 0, "socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  require(::inet_pton(AF_INET, host.c_str(), &address.sin_addr) == 1, "address");
  require(::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "connect");
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return socket;
}

std::shared_ptr<SSL_CTX> make_context(const x509::Signer& identity) {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION);
  require(SSL_CTX_use_certificate(context.get(), identity.certificate.native()) == 1, "certificate");
  require(SSL_CTX_use_PrivateKey(context.get(), identity.key.native()) == 1, "key");
  for (const x509::Certificate& each : identity.chain) {
    require(SSL_CTX_add1_chain_cert(context.get(), each.native()) == 1, "chain");
  }
  return context;
}

int number_in(std::string_view text) {
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

Connection::Connection(std::string_view address, unsigned short port, const x509::Signer* identity)
    : address_(address), socket_(connect_to(address_, port)) {
  if (identity == nullptr) return;
  context_ = make_context(*identity);
  tls_ = std::shared_ptr<SSL>(SSL_new(context_.get()), SSL_free);
  SSL_set_fd(tls_.get(), socket_);
  require(SSL_connect(tls_.get()) == 1, "TLS handshake");
}

Connection::~Connection() {
  if (tls_) SSL_shutdown(tls_.get());
  ::close(socket_);
}

void Connection::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = tls_ ? SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()))
                              : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    require(written > 0, "the connection broke while writing");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::size_t Connection::read(char* space, std::size_t size) {
  const auto got =
      tls_ ? SSL_read(tls_.get(), space, static_cast<int>(size)) : ::recv(socket_, space, size, 0);
  require(got > 0, "the connection broke while reading");
  return static_cast<std::size_t>(got);
}

Answer Connection::post(std::string_view path, std::string_view content_type, BytesView body,
                        std::string_view accept) {
  std::string request = "POST " + std::string(path) + " HTTP/1.1\r\nHost: " + address_ +
                        "\r\nContent-Type: " + std::string(content_type) +
                        "\r\nContent-Length: " + std::to_string(body.size());
  if (!accept.empty()) request += "\r\nAccept: " + std::string(accept);
  request += "\r\n\r\n";
  request += as_text(body);
  write(request);

  std::string received;
  std::size_t head_end = std::string::npos;
  char space[16 << 10];
  while ((head_end = received.find("\r\n\r\n")) == std::string::npos)
    received.append(space, read(space, sizeof space));
  const std::string_view head = std::string_view(received).substr(0, head_end);
  constexpr std::string_view kLength = "\r\nContent-Length: ";
  const auto length_at = std::search(head.begin(), head.end(), kLength.begin(), kLength.end(),
                                     [](char a, char b) { return (a | 0x20) == (b | 0x20); });
  require(length_at != head.end(), "an answer without Content-Length");
  const int length = number_in(std::string_view(length_at + kLength.size(), head.end()));
  const std::size_t whole = head_end + 4 + static_cast<std::size_t>(length);
  const int status = number_in(head.substr(9, 3));  // `head` ends with the next append
  while (received.size() < whole) received.append(space, read(space, sizeof space));
  return {status, to_bytes(std::string_view(received).substr(head_end + 4))};
}

}  // namespace countersign::bench
