// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// hash % count for count 1 to 8 without a divider, from the residues of its digits. One stage for residues, the choice
// behind it is combinational.
module team_member (
    input wire clk,

    input wire        in_valid,
    input wire [31:0] in_hash,

    input  wire  [3:0] count,  // in the cycle after in_valid
    output logic [2:0] member  // 0 for a count of 0 or more than 8
);

  // Residues of the hash, by a tree of tables of six bits, a LUT for each bit: 64 leaves 1 when divided by 3 or 7, 16 by 5.
  function automatic logic [191:0] residues(input int n);
    for (int v = 0; v < 64; v++) residues[3*v+:3] = 3'(v % n);
  endfunction
  function automatic logic [191:0] sums(input int n);
    for (int v = 0; v < 64; v++) sums[3*v+:3] = 3'((v % 8 + v / 8) % n);
  endfunction
  localparam logic [191:0] REST3 = residues(3), REST5 = residues(5), REST7 = residues(7);
  localparam logic [191:0] SUM3 = sums(3), SUM5 = sums(5), SUM7 = sums(7);

  function automatic logic [2:0] add3(input logic [2:0] a, input logic [2:0] b);
    add3 = SUM3[3*8'({a, b})+:3];
  endfunction
  function automatic logic [2:0] add5(input logic [2:0] a, input logic [2:0] b);
    add5 = SUM5[3*8'({a, b})+:3];
  endfunction
  function automatic logic [2:0] add7(input logic [2:0] a, input logic [2:0] b);
    add7 = SUM7[3*8'({a, b})+:3];
  endfunction

  logic [35:0] hash;
  logic [6*3-1:0] r3, r7;  // of each six bits
  logic [8*3-1:0] r5;      // of each four bits

  always_comb begin
    hash = {4'd0, in_hash};
    {r3, r5, r7} = '0;
    if (in_valid) begin
      for (int i = 0; i < 6; i++) begin
        r3[3*i+:3] = REST3[3*8'(hash[6*i+:6])+:3];
        r7[3*i+:3] = REST7[3*8'(hash[6*i+:6])+:3];
      end
      for (int i = 0; i < 8; i++) r5[3*i+:3] = REST5[3*8'(hash[4*i+:4])+:3];
    end
  end

  logic [2:0] mod3, mod5, mod7, low;

  always_ff @(posedge clk)
    if (in_valid) begin
      mod3 <= add3(add3(add3(r3[2:0], r3[5:3]), add3(r3[8:6], r3[11:9])), add3(r3[14:12], r3[17:15]));
      mod5 <= add5(add5(add5(r5[2:0], r5[5:3]), add5(r5[8:6], r5[11:9])),
                   add5(add5(r5[14:12], r5[17:15]), add5(r5[20:18], r5[23:21])));
      mod7 <= add7(add7(add7(r7[2:0], r7[5:3]), add7(r7[8:6], r7[11:9])), add7(r7[14:12], r7[17:15]));
      low  <= in_hash[2:0];
    end

  always_comb
    unique case (count)
      4'd2: member = {2'b00, low[0]};
      4'd3: member = mod3;
      4'd4: member = {1'b0, low[1:0]};
      4'd5: member = mod5;
      4'd6: member = mod3[0] == low[0] ? mod3 : mod3 + 3'd3;  // even or odd as the hash
      4'd7: member = mod7;
      4'd8: member = low;
      default: member = 3'd0;
    endcase

endmodule

`default_nettype wire
