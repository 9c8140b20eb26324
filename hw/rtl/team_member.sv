// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// hash % count for count 1 to 8 without a divider: 16 is 1 modulo 3 and 5, 8 is 1 modulo 7, so sums of digits do.
// One stage for the sums, the choice behind it is combinational.
module team_member (
    input wire clk,

    input wire        in_valid,
    input wire [31:0] in_hash,

    input  wire  [3:0] count,  // in the cycle after in_valid
    output logic [2:0] member  // 0 for a count of 0 or more than 8
);

  logic [6:0] sum16, sum8;  // of hexadecimal and octal digits

  always_comb begin
    sum16 = '0;
    sum8  = {5'd0, in_hash[31:30]};
    if (in_valid) begin
      for (int i = 0; i < 8; i++) sum16 = sum16 + {3'd0, in_hash[4*i+:4]};
      for (int i = 0; i < 10; i++) sum8 = sum8 + {4'd0, in_hash[3*i+:3]};
    end
  end

  logic [6:0] mod3, mod5, mod7;
  logic [2:0] low;

  always_ff @(posedge clk)
    if (in_valid) begin
      mod3 <= sum16 % 7'd3;
      mod5 <= sum16 % 7'd5;
      mod7 <= sum8 % 7'd7;
      low  <= in_hash[2:0];
    end

  always_comb
    unique case (count)
      4'd2: member = {2'b00, low[0]};
      4'd3: member = mod3[2:0];
      4'd4: member = {1'b0, low[1:0]};
      4'd5: member = mod5[2:0];
      4'd6: member = mod3[0] == low[0] ? mod3[2:0] : mod3[2:0] + 3'd3;  // even or odd as the hash
      4'd7: member = mod7[2:0];
      4'd8: member = low;
      default: member = 3'd0;
    endcase

  wire unused_bits = &{1'b0, mod3[6:3], mod5[6:3], mod7[6:3]};

endmodule

`default_nettype wire
