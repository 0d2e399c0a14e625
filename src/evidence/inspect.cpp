// SPDX-License-Identifier: Apache-2.0
#include "evidence/inspect.h"

#include <fmt/format.h>

#include <iterator>

#include "base/text.h"
#include "crypto/digest.h"
#include "documents/json.h"
#include "documents/receipt.h"
#include "x509/cms_detached.h"

namespace countersign::evidence {
namespace {

namespace json = boost::json;

constexpr int kMostNesting = 5;  // of a receipt
constexpr std::size_t kLongestShownText = 240;
constexpr std::string_view kPemBegin = "-----BEGIN CERTIFICATE-----";

json::array texts(const std::vector<std::string>& values) {
  json::array array;
  for (const std::string& value : values) array.emplace_back(value);
  return array;
}

json::object describe(const x509::Certificate& certificate) {
  json::object object;
  object["kind"] = "certificate";
  object["subject"] = certificate.subject().text();
  object["issuer"] = certificate.issuer().text();
  object["serial"] = certificate.serial().hex();
  object["notBefore"] = format_time(certificate.not_before());
  object["notAfter"] = format_time(certificate.not_after());
  const std::optional<x509::Role> role = certificate.role();
  object["role"] = role ? json::value(x509::profile_of(*role).name) : json::value(nullptr);
  if (const auto origin = certificate.key_origin())
    object["keyOrigin"] = *origin == x509::KeyOrigin::kAuthority ? "authority" : "holder";
  if (!certificate.registered_by().empty()) object["registeredBy"] = certificate.registered_by();
  if (!certificate.alternative_names().dns.empty())
    object["dns"] = texts(certificate.alternative_names().dns);
  if (!certificate.alternative_names().ip.empty()) object["ip"] = texts(certificate.alternative_names().ip);
  if (!certificate.alternative_names().origins.empty())
    object["origins"] = texts(certificate.alternative_names().origins);
  object["sha256"] = hex_encode(certificate.fingerprint());
  return object;
}

json::value describe_certificate(BytesView der) {
  const Result<x509::Certificate> certificate = x509::Certificate::from_der(der);
  if (certificate) return describe(certificate.value());
  return json::object{{"kind", "certificate"}, {"unreadable", certificate.error().detail}};
}

Result<json::value> inspect_nested(BytesView bytes, int nesting);

json::value nested_or_unreadable(BytesView bytes, int nesting) {
  auto inner = inspect_nested(bytes, nesting);
  if (inner) return std::move(inner).value();
  return json::object{{"unreadable", inner.error().detail}};
}

// The proof of a receipt is shown line by line, what is signed in it where it stands.
json::value describe_receipt(BytesView bytes, const documents::Receipt& receipt, int nesting) {
  json::array proof, maps;
  for (const std::string& line : split(receipt.proof, '\n')) proof.emplace_back(line);
  for (const Bytes& map : receipt.maps) maps.push_back(nested_or_unreadable(map, nesting + 1));
  return json::object{{"kind", "receipt"},
                      {"sha256", hex_encode(crypto::sha256(bytes))},
                      {"confirmation", nested_or_unreadable(receipt.confirmation, nesting + 1)},
                      {"nonce", base64_encode(receipt.nonce)},
                      {"proof", std::move(proof)},
                      {"maps", std::move(maps)},
                      {"states", documents::witness_state_name(receipt.state)}};
}

// A confirmation carries a countersigned order; it is shown where it stands.
Result<json::value> describe_json(BytesView bytes, int nesting) {
  TRY(json::value value, documents::parse_json(bytes, {.bytes = 512 << 10}));
  json::object object{{"kind", "json"}, {"sha256", hex_encode(crypto::sha256(bytes))}};
  if (value.is_object()) {
    if (const json::value* nested = value.as_object().if_contains("countersignedOrder");
        nested != nullptr && nested->is_string()) {
      const Result<Bytes> der = base64_decode(nested->as_string());
      if (der) {
        const Result<json::value> inner = inspect_nested(der.value(), nesting + 1);
        if (inner) value.as_object()["countersignedOrder"] = inner.value();
      }
    }
  }
  object["document"] = std::move(value);
  return json::value(std::move(object));
}

json::object describe_signed(std::string_view kind, BytesView der, BytesView signer,
                             const std::vector<BytesView>& all) {
  json::object object{{"kind", kind}, {"bytes", der.size()}, {"sha256", hex_encode(crypto::sha256(der))}};
  object["signer"] = describe_certificate(signer);
  json::array certificates;
  for (const BytesView certificate : all) certificates.push_back(describe_certificate(certificate));
  object["certificates"] = std::move(certificates);
  return object;
}

// What a signature covers besides its content is shown where it fits the certificate beside it.
void put_payment(const std::optional<Sha256Digest>& payment_digest, json::object& object) {
  if (payment_digest) object["paymentDigest"] = hex_encode(*payment_digest);
}

// An order as it goes to a card company: signed, and left out.
Result<json::value> describe_detached(BytesView der) {
  TRY(const auto cms, x509::UnverifiedDetachedCms::parse(der));
  json::object object =
      describe_signed("detached-signed-data", der, cms.signer_certificate_der(), cms.certificates());
  TRY(const auto signer, x509::Certificate::from_der(cms.signer_certificate_der()));
  if (const auto verified = x509::verify_detached_cms(cms, signer)) {
    object["contentDigest"] = hex_encode(verified.value().message_digest);
    put_payment(verified.value().payment_digest, object);
  }
  return json::value(std::move(object));
}

Result<json::value> describe_cms(BytesView der, int nesting) {
  TRY(const x509::UnverifiedCms cms, x509::UnverifiedCms::parse(der));
  json::object object = describe_signed("signed-data", der, cms.signer_certificate_der(), cms.certificates());
  if (const auto signer = x509::Certificate::from_der(cms.signer_certificate_der())) {
    if (const auto verified = x509::verify_order_cms(cms, signer.value()))
      put_payment(verified.value().payment_digest, object);
  }
  TRY(object["content"], inspect_nested(cms.unverified_content(), nesting + 1));
  return json::value(std::move(object));
}

Result<json::value> inspect_nested(BytesView bytes, int nesting) {
  if (nesting > kMostNesting)
    return fail(ErrorCode::kMalformed, "nested deeper than any document of the network");
  if (bytes.empty()) return fail(ErrorCode::kMalformed, "the file is empty");
  if (bytes[0] == '{') {
    const auto receipt = documents::parse_receipt(bytes);
    return receipt ? describe_receipt(bytes, receipt.value(), nesting) : describe_json(bytes, nesting);
  }
  if (as_text(bytes).starts_with(kPemBegin)) {
    TRY(const x509::Certificate certificate, x509::Certificate::from_pem(as_text(bytes)));
    return json::value(describe(certificate));
  }
  Result<json::value> cms = describe_cms(bytes, nesting);
  if (cms) return cms;
  if (const Result<x509::Certificate> certificate = x509::Certificate::from_der(bytes))
    return json::value(describe(certificate.value()));
  if (Result<json::value> detached = describe_detached(bytes)) return detached;
  return fail(cms.error(), "neither a certificate nor a signed document");
}

void write_text(const json::value& value, std::size_t indent, std::string& text) {
  const std::string margin(indent, ' ');
  const auto write_member = [&](std::string_view label, const json::value& member) {
    if (member.is_structured()) {
      fmt::format_to(std::back_inserter(text), "{}{}:\n", margin, label);
      write_text(member, indent + 2, text);
      return;
    }
    std::string shown = member.is_string() ? std::string(member.as_string()) : documents::write_json(member);
    if (shown.size() > kLongestShownText) shown = fmt::format("({} characters)", shown.size());
    fmt::format_to(std::back_inserter(text), "{}{}: {}\n", margin, label, shown);
  };
  if (value.is_object())
    for (const auto& [name, member] : value.as_object()) write_member(std::string_view(name), member);
  if (value.is_array())
    for (std::size_t i = 0; i < value.as_array().size(); ++i)
      write_member(fmt::format("[{}]", i), value.as_array()[i]);
}

}  // namespace

Result<json::value> inspect(BytesView file) {
  return inspect_nested(file, 0);
}

std::string write_inspection_text(const json::value& tree) {
  std::string text = "Not verified: this shows what the file says, not whether it is true.\n";
  write_text(tree, 0, text);
  return text;
}

}  // namespace countersign::evidence
