// SPDX-License-Identifier: Apache-2.0
#include "card/card.h"
#include "card/pkcs11_session.h"
#include "card/pkcs11_uri.h"
#include "card/token_key.h"
#include "storage/secret_folder.h"

namespace countersign::card {
namespace {

Result<crypto::SecretBytes> read_pin(const std::string& file) {
  TRY(auto content, storage::read_file(file, 256));
  while (!content.empty() && (content.back() == '\n' || content.back() == '\r')) content.pop_back();
  if (content.empty()) return fail(ErrorCode::kMalformed, "PIN file is empty");
  return crypto::SecretBytes(std::move(content));
}

Result<CK_OBJECT_HANDLE> find_one(Session& session, CK_OBJECT_CLASS object_class, const Pkcs11Uri& uri) {
  Template wanted;
  wanted.number(CKA_CLASS, object_class);
  if (!uri.object.empty()) wanted.text(CKA_LABEL, uri.object);
  if (!uri.id.empty()) wanted.bytes(CKA_ID, uri.id);
  TRY(const auto found, session.find(wanted));
  if (found.empty()) return fail(ErrorCode::kNotFound, "token: no such key");
  if (found.size() > 1) return fail(ErrorCode::kConflict, "token: several keys fit the URI");
  return found.front();
}

}  // namespace

Result<crypto::PrivateKey> load_token_key(std::string_view pkcs11_uri) {
  TRY(const auto uri, parse_pkcs11_uri(pkcs11_uri));
  TRY(auto module, Module::load(uri.module_path));
  TRY(const auto slot, module->find_token(uri.token));
  TRY(auto session, Session::open(std::move(module), slot));
  if (!session->is_logged_in()) {
    TRY(const auto pin, read_pin(uri.pin_file));
    TRY(session->log_in(pin));
  }
  TRY(const auto private_object, find_one(*session, CKO_PRIVATE_KEY, uri));
  TRY(const auto id, session->attribute(private_object, CKA_ID));
  TRY(const auto public_object, find_one(*session, CKO_PUBLIC_KEY, uri));
  TRY(const auto point, session->attribute(public_object, CKA_EC_POINT));
  TRY(const auto public_key, public_key_of_point(point));
  return make_token_key(std::move(session), id, public_key);
}

}  // namespace countersign::card
