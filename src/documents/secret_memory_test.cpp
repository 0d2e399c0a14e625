// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>

#include "documents/dialogue_payment.h"

// Looks into every piece of memory right before it is given back, for the beginning of a card's number.
namespace {

constexpr std::string_view kNumber = "4000002760003184";
std::atomic<bool> is_watching = false;
std::atomic<int> left_behind = 0;

void give_back(void* memory) noexcept {
  if (memory == nullptr) return;
  const std::string_view content(static_cast<const char*>(memory), malloc_usable_size(memory));
  if (is_watching && content.find(kNumber.substr(0, 12)) != std::string_view::npos) ++left_behind;
  std::free(memory);
}

}  // namespace

// Without what its owner before left in it.
void* operator new(std::size_t size) {
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  std::memset(memory, 0, malloc_usable_size(memory));
  return memory;
}
void operator delete(void* memory) noexcept {
  give_back(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  give_back(memory);
}

namespace countersign::documents {
namespace {

int pieces_left_by(const auto& work) {
  left_behind = 0;
  is_watching = true;
  work();
  is_watching = false;
  return left_behind;
}

PaymentInstruction instruction() {
  return {{}, CardData{crypto::SecretBytes::copy_of(as_bytes(kNumber)), "2029-08", "Kim Minji"}};
}

TEST(SecretMemory, IsWatched) {
  EXPECT_GT(pieces_left_by([] { const std::string copy(kNumber); }), 0);
}

TEST(SecretMemory, OfACardsNumberIsWipedWhenAPaymentIsWrittenAndRead) {
  EXPECT_EQ(pieces_left_by([] {
              const auto written = write_payment_instruction(instruction());
              ASSERT_TRUE(written);
              ASSERT_TRUE(parse_payment_instruction(written.value()));
            }),
            0);
}

TEST(SecretMemory, OfWhatIsRefusedAsANumberIsWipedToo) {
  const PaymentInstruction misspelt{
      {}, CardData{crypto::SecretBytes::copy_of(as_bytes("400000276000letters")), "2029-08", "Kim Minji"}};
  EXPECT_EQ(pieces_left_by([&] { EXPECT_FALSE(write_payment_instruction(misspelt)); }), 0);
}

}  // namespace
}  // namespace countersign::documents
