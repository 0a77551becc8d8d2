use avatar::{*, motion::*, retarget::*, rig::*, layers::*, parts::*, render::*, deform::*};
use frame::*; use glam::*;
fn f32s(p:&str)->Vec<f32>{ bytemuck::pod_collect_to_vec(&std::fs::read(p).unwrap()) }
#[derive(serde::Deserialize)] struct Still{size:Size,person:Option<Person>}
fn main(){
 let n=std::env::args().nth(1).unwrap(); let dir=format!("/tmp/av/dump/{n}");
 let s:Still=serde_json::from_reader(std::fs::File::open(format!("/tmp/tracks/{n}.json")).unwrap()).unwrap();
 let person=s.person.unwrap();
 let meta:serde_json::Value=serde_json::from_reader(std::fs::File::open(format!("{dir}/meta.json")).unwrap()).unwrap();
 let rest=CharacterRest::new(s.size,&person); let size=s.size;
 let limb_of=|n:&str|{let side=if n.ends_with('L'){Side::Left}else{Side::Right}; if n.starts_with('a'){Limb::Arm(side)}else{Limb::Leg(side)}};
 let mut limbs:PerLimb<Option<LimbRegion>>=PerLimb::default();
 for nm in ["aL","aR","lL","lR"]{ let f=format!("{dir}/sd_{nm}.f32"); if std::path::Path::new(&f).exists(){ limbs[limb_of(nm)]=Some(LimbRegion{radius_px:meta["rad"][nm].as_f64().unwrap() as f32,signed_distance:Plane::new(size,f32s(&f)).unwrap(),under_hair:None,hand_visible:true}); }}
 let parts=PartMap{labels:Plane::filled(size,Part::Core),core_signed_distance:Plane::filled(size,0.0),limbs,hem:meta["hem"].as_f64().map(|h|Hem{along_legs:h as f32,above:Plane::filled(size,false)})};
 let mut sheets=vec![];let mut alphas=vec![];let mut textures=vec![];
 for nm in meta["texn"].as_array().unwrap(){ let nm=nm.as_str().unwrap(); let t=f32s(&format!("{dir}/tex_{nm}.f32"));
  let kind=match nm{"core"=>SheetKind::Core,"back"=>SheetKind::Back,n=>SheetKind::Limb(limb_of(n))};
  let rest_=if let Some(q)=meta["strip"].get(nm){ Rest::Strip(std::array::from_fn(|i|Vec3::from_array(std::array::from_fn(|k|q[i][k].as_f64().unwrap() as f32)))) } else if let Some(m)=meta["mirror"].get(nm){Rest::Mirrored{from:limb_of(m.as_str().unwrap())}} else {Rest::AsSeen};
  let a=Plane::new(size,t.chunks(4).map(|p|p[3]).collect()).unwrap();
  textures.push(Texture::new(&Plane::new(size,t.chunks(4).map(|p|{let b=|v:f32|v.round().clamp(0.,255.) as u8; PremulSrgba8{r:b(p[0]),g:b(p[1]),b:b(p[2]),a:b(p[3]*255.)}}).collect()).unwrap()));
  sheets.push(Sheet{kind,rest:rest_,coverage:a.clone(),invented_alpha:Plane::filled(size,0.0),fill:Plane::filled(size,[0.0;3]),invented:Plane::filled(size,0.0)}); alphas.push(a);
 }
 let t0=std::time::Instant::now();
 let rig=Rig::build(&RigSource{joints:&rest.joints,face:person.face.as_ref(),parts:&parts,sheets:&sheets,alphas:&alphas});
 println!("rig {} v {} t in {:?}",rig.vertex_count(),rig.triangle_count(),t0.elapsed());
 let v=f32s(&format!("{dir}/V.f32")); println!("proto nv {}",v.len()/2);
 let qs:Vec<(Vec<[f32;3]>,f32,[f32;9])>=serde_json::from_reader(std::fs::File::open(format!("/tmp/av/dump/{n}_Q.json")).unwrap()).unwrap();
 let poses:Vec<Pose>=qs.iter().map(|(q,s,r)|{let mut i=0;Pose{joints:Joints::from_fn(|_|{i+=1;Vec3::from_array(q[i-1])}),scale:*s,head_rotation:Mat3::from_cols_array(r)}}).collect();
 let d=f32s(&format!("{dir}/deformed.f32")); let nv=v.len()/2;
 let mut def=Deformed::default();
 // match by (sheet order, position): python vertices per sheet
 let sh:Vec<i32>=bytemuck::pod_collect_to_vec(&std::fs::read(format!("{dir}/sh.i32")).unwrap());
 let mut r0=Deformed::default(); r0.update(&rig,&Pose::at_rest(&rest));
 for t in [0,40,80,120]{ def.update(&rig,&poses[t]);
  for (si,r) in rig.sheet_ranges().into_iter().enumerate(){ let map:std::collections::HashMap<(i32,i32),usize>=(sh[2*si]..sh[2*si+1]).map(|i|((v[2*i as usize] as i32,v[2*i as usize+1] as i32),i as usize)).collect();
   let mut e=vec![];let mut ek=vec![]; for i in r{ let p=rig.rest_place(i); if let Some(&j)=map.get(&(p.x as i32,p.y as i32)){ let q=&d[(t*nv+j)*3..]; e.push((def.places[i]-Vec2::new(q[0],q[1])).length()); ek.push((def.keys[i]-q[2]).abs()); } }
   e.sort_by(f32::total_cmp); ek.sort_by(f32::total_cmp); println!("t{t} sheet {si} n {} median {:.3} p95 {:.3} max {:.2} key med {:.3} max {:.2}",e.len(),e[e.len()/2],e[e.len()*95/100],e[e.len()-1],ek[ek.len()/2],ek[ek.len()-1]); } }
 let im=image::open(format!("{dir}/plate.png")).unwrap().to_rgb8();
 let plate:Image=Plane::new(size,im.pixels().map(|p|Srgb8::new(p[0],p[1],p[2])).collect()).unwrap();
 let back=Backdrop::new(&plate); let mut ren=Renderer::new(); let mut out=plate.clone();
 for t in [0,40,80,120]{ ren.draw(&rig,&textures,&poses[t],&back,&mut out); let buf:Vec<u8>=out.pixels().iter().flat_map(|p|[p.r,p.g,p.b]).collect(); image::save_buffer(format!("{dir}/ours_{t}.png"),&buf,size.width,size.height,image::ColorType::Rgb8).unwrap(); }
 let t0=std::time::Instant::now(); for p in &poses{ def.update(&rig,p);} println!("deform {:?}/frame",t0.elapsed()/poses.len() as u32);
 let t0=std::time::Instant::now(); for p in &poses{ ren.draw(&rig,&textures,p,&back,&mut out);} println!("draw {:?}/frame",t0.elapsed()/poses.len() as u32);
}
