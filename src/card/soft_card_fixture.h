// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "card/card.h"
#include "card/pkcs11_module.h"

// A card in SoftHSM2, in a folder of its own, for tests.
namespace countersign::card {

inline crypto::SecretBytes secret(std::string_view text) {
  return crypto::SecretBytes::copy_of(as_bytes(text));
}

class SoftCardTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "card-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    ASSERT_TRUE(initialize_soft_token(folder_ / "token", "wallet", secret("12345678"), secret("1234")));
    insert();
  }
  void TearDown() override {
    card_.reset();
    std::filesystem::remove_all(folder_);
  }
  // Opens the card anew, as a new process does.
  void insert() {
    card_.reset();
    ASSERT_TRUE(use_soft_tokens(folder_ / "token"));
    auto opened = open_pkcs11_card({.module_path = std::string(kSoftHsmModule),
                                    .token_label = "wallet",
                                    .tries_file = folder_ / "tries",
                                    .max_tries = 3,
                                    .token_folder = folder_ / "token"});
    ASSERT_TRUE(opened) << opened.error().detail;
    card_ = std::move(opened).value();
  }

  // What a process leaves that ends while SoftHSM2 writes.
  void empty_token() {
    card_.reset();
    for (const auto& token : std::filesystem::directory_iterator(folder_ / "token/tokens"))
      std::filesystem::resize_file(token.path() / "token.object", 0);
  }

  std::filesystem::path folder_;
  std::unique_ptr<Card> card_;
};

}  // namespace countersign::card
