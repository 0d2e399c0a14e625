// SPDX-License-Identifier: Apache-2.0
#include "merchant/shop/cart.h"

#include <gtest/gtest.h>

namespace countersign::merchant {
namespace {

TEST(Cart, ReadsWhatItWrote) {
  Cart cart;
  cart.add("TEA-100", 2);
  cart.add("CUP-1", 1);
  cart.add("TEA-100", 1);
  EXPECT_EQ(cart.text(), "TEA-100:3.CUP-1:1");
  EXPECT_EQ(Cart::of_text(cart.text()).entries(), cart.entries());
  EXPECT_EQ(cart.pieces(), 4);
}

TEST(Cart, IsEmptyForAnythingElse) {
  for (const auto* text :
       {"TEA", "TEA:", ":1", "TEA:0", "TEA:100", "TEA:-1", "TEA:1x", "TEA:1.CUP", ".", "TEA:99999999999"})
    EXPECT_TRUE(Cart::of_text(text).entries().empty()) << text;
  EXPECT_TRUE(Cart::of_text(std::string(5000, 'A') + ":1").entries().empty());
}

TEST(Cart, TakesNoMoreThanItsLimits) {
  Cart cart;
  cart.add("TEA", 60);
  cart.add("TEA", 60);
  EXPECT_EQ(cart.entries().front().quantity, Cart::kMostOfOne);
  for (int i = 0; i < 2 * Cart::kMostLines; ++i) cart.add("SKU-" + std::to_string(i), 1);
  EXPECT_EQ(cart.entries().size(), std::size_t{Cart::kMostLines});
}

TEST(Cart, ForgetsAnArticleWhoseQuantityIsNone) {
  Cart cart;
  cart.add("TEA", 2);
  cart.set("TEA", 0);
  cart.set("CUP", 0);
  EXPECT_TRUE(cart.entries().empty());
}

}  // namespace
}  // namespace countersign::merchant
