// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "authority/witness/testing/test_witness.h"
#include "checkpoint/cosignature.h"

namespace countersign::authority {

// ScriptedWitness answers over real HTTP whatever a test says.
class ScriptedWitness {
 public:
  using Answer = std::function<http::Response(const checkpoint::AddCheckpoint&)>;
  // `shows` is what it cosigned last; with an identity it speaks TLS.
  explicit ScriptedWitness(Answer answer, std::string shows = "", std::optional<x509::Signer> tls = {})
      : answer_(std::move(answer)), shows_(std::move(shows)), scheme_(tls ? "https" : "http") {
    http::Router router;
    router.add_blocking("POST", "/add-checkpoint", [this](const http::Request& request) {
      ++questions;
      return answer_(take(checkpoint::parse_add_checkpoint(as_text(request.body))));
    });
    router.add_blocking("GET", "/{log}/checkpoint", [this](const http::Request&) {
      return shows_.empty() ? http::text_response(404, "") : http::text_response(200, shows_);
    });
    http::ServerOptions options;
    if (tls) options.tls = http::TlsListener{std::move(*tls), {}, nullptr, {}, nullptr};
    server_ = take(http::Server::start(std::move(options), std::move(router)));
  }

  KnownWitness known() const {
    return {key.verifier(), scheme_ + "://127.0.0.1:" + std::to_string(server_->port())};
  }
  // 200 with a cosignature of that text by that key.
  static http::Response cosign(const checkpoint::NoteSigner& by, const std::string& text, TimePoint time) {
    const auto made = take(by.cosign(text, time));
    return http::text_response(200, checkpoint::write_signature_lines({&made, 1}));
  }
  static http::Response knows(std::uint64_t size) {
    http::Response response = http::text_response(409, checkpoint::write_known_size(size));
    response.headers["Content-Type"] = checkpoint::kKnownSizeMediaType;
    return response;
  }
  static std::string text_of(const checkpoint::AddCheckpoint& question) {
    return take(checkpoint::parse_note(question.checkpoint)).text;
  }

  const checkpoint::NoteSigner key = witness_key("scripted.example");
  std::atomic<int> questions = 0;

 private:
  const Answer answer_;
  const std::string shows_;
  const std::string scheme_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace countersign::authority
