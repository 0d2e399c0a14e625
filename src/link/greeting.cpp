// SPDX-License-Identifier: Apache-2.0
#include "link/greeting.h"

#include <boost/json/object.hpp>

#include "crypto/digest.h"
#include "documents/fields.h"
#include "link/control.h"

namespace countersign::link {
namespace {

constexpr std::string_view kExporterLabel = "EXPORTER-countersign-link-proof";
constexpr std::string_view kMediatorLabel = "countersign link: mediator proves";
constexpr std::string_view kWalletLabel = "countersign link: wallet proves";
constexpr std::size_t kPairingId = 32;
constexpr std::chrono::milliseconds kLingering{500};

}  // namespace

Session session_of(const TlsStream& stream, ProofBy self) {
  const bool is_mediator = self == ProofBy::kMediator;
  return {stream.exporter(kExporterLabel), is_mediator ? stream.own() : stream.peer(),
          is_mediator ? stream.peer() : stream.own()};
}

Sha256Digest prove(const crypto::SecretBytes& proof_key, ProofBy side, const Session& session) {
  // A label that ends with a zero octet, then fields of fixed sizes: one reading only.
  Bytes message = to_bytes(side == ProofBy::kMediator ? kMediatorLabel : kWalletLabel);
  message.push_back(0);
  for (const BytesView part : {session.exporter.reveal(crypto::SecretAccess()), BytesView(session.mediator),
                               BytesView(session.wallet)})
    message.insert(message.end(), part.begin(), part.end());
  return crypto::hmac_sha256(proof_key, message);
}

Result<Hello> read_hello(BytesView json) {
  TRY(auto reader, documents::ObjectReader::parse(json, "hello"));
  TRY(reader.expect("hello", 1));
  Hello hello;
  TRY(hello.pairing, reader.text("pairing", kPairingId, kPairingId));
  TRY(hello.name, reader.text("name", kMaxDeviceName));
  TRY(hello.proof, reader.digest("proof"));
  TRY(reader.finish());
  return hello;
}

Result<Welcome> read_welcome(BytesView json) {
  TRY(auto reader, documents::ObjectReader::parse(json, "welcome"));
  TRY(reader.expect("welcome", 1));
  Welcome welcome;
  TRY(welcome.name, reader.text("name", kMaxDeviceName));
  TRY(welcome.proof, reader.digest("proof"));
  TRY(reader.finish());
  return welcome;
}

Bytes write_hello(const Hello& hello) {
  auto object = documents::begin_document("hello");
  object["pairing"] = hello.pairing;
  object["name"] = hello.name;
  object["proof"] = hex_encode(hello.proof);
  return to_bytes(documents::write_json(object));
}

Bytes write_welcome(const Welcome& welcome) {
  auto object = documents::begin_document("welcome");
  object["name"] = welcome.name;
  object["proof"] = hex_encode(welcome.proof);
  return to_bytes(documents::write_json(object));
}

Result<void> send_control(TlsStream& stream, Bytes json, Deadline deadline, const std::stop_token& stop) {
  return stream.write_all(encode_frame({FrameKind::kControl, 0, std::move(json)}), deadline, stop);
}

Result<Bytes> receive_control(TlsStream& stream, Deadline deadline, const std::stop_token& stop) {
  FrameReader reader;
  Bytes header(kFrameHeader);
  TRY(stream.read_all(header, deadline, stop));
  reader.feed(header);
  TRY(auto frame, reader.next());
  if (!frame) {  // its header was accepted, so its length is within the limits
    const std::size_t length = std::size_t{header[0]} << 24 | std::size_t{header[1]} << 16 |
                               std::size_t{header[2]} << 8 | std::size_t{header[3]};
    Bytes payload(length + sizeof(std::uint32_t) - kFrameHeader);
    TRY(stream.read_all(payload, deadline, stop));
    reader.feed(payload);
    TRY(frame, reader.next());
  }
  if (frame->kind == FrameKind::kClose && frame->channel == 0)
    return fail(read_close(frame->payload).value_or(ErrorCode::kGone), "link: closed by the other side");
  if (frame->kind != FrameKind::kControl) return fail(ErrorCode::kMalformed, "link: a greeting was expected");
  return std::move(frame->payload);
}

void refuse(TlsStream& stream, ErrorCode reason) {
  (void)stream.write_some(encode_frame({FrameKind::kClose, 0, write_close(reason)}));
  stream.finish();
  stream.linger(after(kLingering));
}

}  // namespace countersign::link
