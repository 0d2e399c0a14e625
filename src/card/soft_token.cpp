// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <filesystem>

#include "card/card.h"
#include "card/pkcs11_session.h"
#include "card/soft_token_copies.h"
#include "storage/file.h"
#include "storage/secret_folder.h"

namespace countersign::card {
namespace {

std::filesystem::path configuration_in(const std::string& token_folder) {
  return std::filesystem::absolute(token_folder) / "softhsm2.conf";
}

// C_InitToken wants a label of 32 characters padded with blanks (PKCS#11 v2.40 §5.5).
Result<std::string> padded_label(const std::string& label) {
  if (label.empty() || label.size() > 32)
    return fail(ErrorCode::kMalformed, "token label: 1 to 32 characters");
  return label + std::string(32 - label.size(), ' ');
}

Result<CK_SLOT_ID> find_free_slot(const Module& module) {
  TRY(const auto slots, module.slots_with_token());
  for (const CK_SLOT_ID slot : slots) {
    TRY(const auto info, module.token_info(slot));
    if ((info.flags & CKF_TOKEN_INITIALIZED) == 0) return slot;
  }
  return fail(ErrorCode::kUnavailable, "SoftHSM2 offers no free slot");
}

}  // namespace

Result<void> use_soft_tokens(const std::string& token_folder) {
  const auto file = configuration_in(token_folder);
  if (!std::filesystem::exists(file)) return fail(ErrorCode::kNotFound, "no soft token in " + token_folder);
  TRY(restore_copies(token_folder));
  if (setenv("SOFTHSM2_CONF", file.c_str(), 1) != 0) return fail(ErrorCode::kInternal, "setenv");
  return ok();
}

Result<void> initialize_soft_token(const std::string& token_folder, const std::string& label,
                                   const crypto::SecretBytes& so_pin, const crypto::SecretBytes& pin) {
  TRY(auto blank_padded, padded_label(label));
  const auto tokens = std::filesystem::absolute(token_folder) / "tokens";
  TRY(storage::make_private_folder(tokens.parent_path()));
  TRY(storage::make_private_folder(tokens));
  const std::string configuration =
      "directories.tokendir = " + tokens.string() +
      "\nobjectstore.backend = file\nlog.level = ERROR\nslots.removable = false\n";
  TRY(storage::write_file(configuration_in(token_folder), as_bytes(configuration),
                          storage::FileMode::kPrivate));
  TRY(use_soft_tokens(token_folder));

  TRY(auto module, Module::load(std::string(kSoftHsmModule)));
  if (module->find_token(label)) return fail(ErrorCode::kConflict, "there is a token " + label + " already");
  TRY(const auto slot, find_free_slot(*module));
  const BytesView so_pin_bytes = so_pin.reveal(crypto::SecretAccess());
  const CK_RV value = module->functions().C_InitToken(slot, const_cast<CK_UTF8CHAR_PTR>(so_pin_bytes.data()),
                                                      so_pin_bytes.size(),
                                                      reinterpret_cast<CK_UTF8CHAR_PTR>(blank_padded.data()));
  if (value != CKR_OK) return fail(token_error(value, "C_InitToken"));
  // SoftHSM2 gives the token another slot once it is initialized.
  TRY(const auto new_slot, module->find_token(label));
  TRY(auto session, Session::open(module, new_slot));
  TRY(session->log_in(so_pin, CKU_SO));
  TRY(session->initialize_pin(pin));
  session->log_out();
  return ok();
}

}  // namespace countersign::card
